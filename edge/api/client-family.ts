// The program that calls, as a label of metrics: one of a fixed list.

const families: readonly (readonly [name: string, agent: RegExp])[] = [
  ['crashstats-tools', /^crashstats-tools\b/i],
  ['siggen', /siggen/i],
  ['libmozdata', /libmozdata/i],
  ['mayday', /^mayday\b/i],
  ['python', /^python-(?:requests|urllib3|httpx)\b|^python-urllib/i],
  ['curl', /^(?:curl|wget)\b/i],
  ['browser', /^mozilla\//i],
]

export function clientFamily(headers: Headers): string {
  const agent = headers.get('user-agent')?.slice(0, 200)
  if (!agent) return 'none'
  return families.find(([, pattern]) => pattern.test(agent))?.[0] ?? 'other'
}
