// The mark of made-up crashes.

/** Field `vendor` of every crash that `mayday simulate` and `mayday dev` make up. */
export const simulatedVendor = 'simulated'
