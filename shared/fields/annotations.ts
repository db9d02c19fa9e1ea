// Annotations that are not just copied: collector keys, input of rules, volatile and banned ones.
import type { Annotation } from './field.ts'

export const ownAnnotations = [
  {
    name: 'Accessibility',
    access: 'public',
    description: 'Active when assistive technology was in use.',
  },
  {
    name: 'Add-ons',
    access: 'public',
    description: 'Installed add-ons as id:version, percent-encoded, joined by commas.',
  },
  {
    name: 'additional_minidumps',
    description: 'Suffixes of additional minidumps in the report, joined by commas.',
  },
  { name: 'Breadcrumbs', description: 'Events before the crash as JSON: a list, or an object with values.' },
  {
    name: 'CPUArchitecture',
    access: 'public',
    description: 'CPU family, for reports without a minidump.',
  },
  { name: 'CPUInfo', access: 'public', description: 'CPU model, for reports without a minidump.' },
  { name: 'CPUMicrocodeVersion', access: 'public', description: 'Microcode revision in hex.' },
  { name: 'CrashTime', access: 'public', description: "Seconds since 1970 by the client's clock." },
  { name: 'DistributionID', access: 'public', description: 'Partner build that the user installed.' },
  { name: 'Email', banned: true, description: 'Address sent by old clients.' },
  { name: 'JavaException', description: 'Exception chain as JSON, with messages.' },
  { name: 'JavaStackTrace', description: 'Java stack as text, with messages.' },
  {
    name: 'LinuxLSBDescription',
    access: 'public',
    description: 'Name of the Linux distribution, for reports without a minidump.',
  },
  { name: 'metadata', description: 'Data added by the collector.' },
  { name: 'ModuleSignatureInfo', description: 'Code signers and the modules they signed, as JSON.' },
  { name: 'MozCrashReason', description: 'Text of the failed assertion, as sent.' },
  {
    name: 'OS',
    access: 'public',
    description: 'Name of the operating system, for reports without a minidump.',
  },
  {
    name: 'OSVersion',
    access: 'public',
    description: 'Version of the operating system, for reports without a minidump.',
  },
  { name: 'PHCAllocStack', description: 'Where the watched allocation was made: addresses in decimal.' },
  { name: 'PHCBaseAddress', description: 'Start of the watched allocation in decimal.' },
  { name: 'PHCFreeStack', description: 'Where the watched allocation was freed: addresses in decimal.' },
  { name: 'PHCKind', description: 'State of the watched allocation; its presence marks the other PHC keys.' },
  { name: 'PHCUsableSize', description: 'Bytes of the watched allocation.' },
  { name: 'PluginFilename', access: 'public', description: 'File of the crashed plugin.' },
  { name: 'PluginName', access: 'public', description: 'Name of the crashed plugin.' },
  { name: 'PluginVersion', access: 'public', description: 'Version of the crashed plugin.' },
  {
    name: 'ProcessType',
    access: 'public',
    description: 'Process type; absent or main means the parent process.',
  },
  {
    name: 'SecondsSinceLastCrash',
    access: 'public',
    description: 'Seconds since the previous crash.',
  },
  {
    name: 'SentryContexts',
    description: 'Contexts of a Sentry event, as JSON.',
  },
  {
    name: 'SentryEvent',
    description: 'A Sentry event without the parts in other annotations, as JSON.',
  },
  { name: 'SentryEventID', description: 'Event id of a Sentry client: 32 hex digits.' },
  { name: 'SentryExtra', description: 'Extra data of a Sentry event, as JSON.' },
  { name: 'SentryFeedback', description: 'User feedback besides text and address, as JSON.' },
  { name: 'SentryProject', description: 'Project to which a Sentry client sent the report.' },
  { name: 'SentryTags', description: 'Tags of a Sentry event, as JSON.' },
  {
    name: 'SentryUser',
    description: 'User of a Sentry event without the address, as JSON.',
  },
  {
    name: 'ServerURL',
    volatile: true,
    description: 'URL to which the client meant to send the report.',
  },
  {
    name: 'StackTraces',
    volatile: true,
    description: 'Stacks that the client walked for its telemetry.',
  },
  { name: 'submitted_timestamp', access: 'public', description: 'Time of submission, UTC.' },
  {
    name: 'SubmittedFrom',
    access: 'public',
    volatile: true,
    description: 'Part of the client that sent the report.',
  },
  {
    name: 'SubmittedFromInfobar',
    access: 'public',
    volatile: true,
    description: 'True when sent from the notification bar; replaced by SubmittedFrom.',
  },
  { name: 'TelemetryClientId', banned: true, description: 'Id of one installation.' },
  { name: 'TelemetryServerURL', banned: true, description: 'Server to which the client sends telemetry.' },
  { name: 'TelemetrySessionId', banned: true, description: 'Id of one session.' },
  {
    name: 'Throttleable',
    access: 'public',
    volatile: true,
    description: 'Zero when this report was requested: the throttle must accept it.',
  },
  {
    name: 'UtilityActorsName',
    access: 'public',
    description: 'Actors in a utility process, joined by commas.',
  },
  { name: 'uuid', access: 'public', volatile: true, description: 'Crash id.' },
  { name: 'version', access: 'public', description: 'Version of the raw crash format.' },
  { name: 'Winsock_LSP', access: 'public', description: 'Network providers on Windows; no longer used.' },
] as const satisfies readonly Annotation[]

const rows: readonly Annotation[] = ownAnnotations

/** Names of annotations that differ when the same report is resent. */
export const volatileAnnotations: ReadonlySet<string> = new Set(
  rows.filter((row) => row.volatile).map((row) => row.name),
)

/** Names of annotations that are removed before a report is stored. */
export const bannedAnnotations: ReadonlySet<string> = new Set(
  rows.filter((row) => row.banned).map((row) => row.name),
)
