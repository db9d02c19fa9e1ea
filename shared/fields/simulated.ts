// The marks of crashes that did not happen: values of the field `vendor`.

/** Every crash that `mayday simulate` and `mayday dev` make up. */
export const simulatedVendor = 'simulated'

/** The test crash of `mayday check`, which statistics omit. */
export const checkVendor = 'mayday check'
