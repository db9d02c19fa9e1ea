// Annotations that are not just copied: collector keys, input of rules, volatile and banned ones.
import type { AnnotationRow } from './field.ts'

export const ownAnnotations = {
  Accessibility: { access: 'public', description: 'Active when assistive technology was in use.' },
  'Add-ons': {
    access: 'public',
    description: 'Installed add-ons as id:version, percent-encoded, joined by commas.',
  },
  additional_minidumps: { description: 'Suffixes of additional minidumps in the report, joined by commas.' },
  Breadcrumbs: { description: 'Events before the crash as JSON: a list, or an object with values.' },
  CPUArchitecture: { access: 'public', description: 'CPU family, for reports without a minidump.' },
  CPUInfo: { access: 'public', description: 'CPU model, for reports without a minidump.' },
  CPUMicrocodeVersion: { access: 'public', description: 'Microcode revision in hex.' },
  CrashTime: { access: 'public', description: "Seconds since 1970 by the client's clock." },
  DistributionID: { access: 'public', description: 'Partner build that the user installed.' },
  Email: { banned: true, description: 'Address sent by old clients.' },
  JavaException: { description: 'Exception chain as JSON, with messages.' },
  JavaStackTrace: { description: 'Java stack as text, with messages.' },
  LinuxLSBDescription: {
    access: 'public',
    description: 'Name of the Linux distribution, for reports without a minidump.',
  },
  metadata: { description: 'Data added by the collector.' },
  ModuleSignatureInfo: { description: 'Code signers and the modules they signed, as JSON.' },
  MozCrashReason: { description: 'Text of the failed assertion, as sent.' },
  OS: { access: 'public', description: 'Name of the operating system, for reports without a minidump.' },
  OSVersion: {
    access: 'public',
    description: 'Version of the operating system, for reports without a minidump.',
  },
  PHCAllocStack: { description: 'Where the watched allocation was made: addresses in decimal.' },
  PHCBaseAddress: { description: 'Start of the watched allocation in decimal.' },
  PHCFreeStack: { description: 'Where the watched allocation was freed: addresses in decimal.' },
  PHCKind: { description: 'State of the watched allocation; its presence marks the other PHC keys.' },
  PHCUsableSize: { description: 'Bytes of the watched allocation.' },
  PluginFilename: { access: 'public', description: 'File of the crashed plugin.' },
  PluginName: { access: 'public', description: 'Name of the crashed plugin.' },
  PluginVersion: { access: 'public', description: 'Version of the crashed plugin.' },
  ProcessType: { access: 'public', description: 'Process type; absent or main means the parent process.' },
  SecondsSinceLastCrash: { access: 'public', description: 'Seconds since the previous crash.' },
  SentryContexts: { description: 'Contexts of a Sentry event, as JSON.' },
  SentryEvent: { description: 'A Sentry event without the parts in other annotations, as JSON.' },
  SentryEventID: { description: 'Event id of a Sentry client: 32 hex digits.' },
  SentryExtra: { description: 'Extra data of a Sentry event, as JSON.' },
  SentryFeedback: { description: 'User feedback besides text and address, as JSON.' },
  SentryProject: { description: 'Project to which a Sentry client sent the report.' },
  SentryTags: { description: 'Tags of a Sentry event, as JSON.' },
  SentryUser: { description: 'User of a Sentry event without the address, as JSON.' },
  ServerURL: { volatile: true, description: 'URL to which the client meant to send the report.' },
  StackTraces: { volatile: true, description: 'Stacks that the client walked for its telemetry.' },
  submitted_timestamp: { access: 'public', description: 'Time of submission, UTC.' },
  SubmittedFrom: {
    access: 'public',
    volatile: true,
    description: 'Part of the client that sent the report.',
  },
  SubmittedFromInfobar: {
    access: 'public',
    volatile: true,
    description: 'True when sent from the notification bar; replaced by SubmittedFrom.',
  },
  TelemetryClientId: { banned: true, description: 'Id of one installation.' },
  TelemetryServerURL: { banned: true, description: 'Server to which the client sends telemetry.' },
  TelemetrySessionId: { banned: true, description: 'Id of one session.' },
  Throttleable: {
    access: 'public',
    volatile: true,
    description: 'Zero when this report was requested: the throttle must accept it.',
  },
  UtilityActorsName: { access: 'public', description: 'Actors in a utility process, joined by commas.' },
  uuid: { access: 'public', volatile: true, description: 'Crash ID.' },
  version: { access: 'public', description: 'Version of the raw crash format.' },
  Winsock_LSP: { access: 'public', description: 'Network providers on Windows; no longer used.' },
} as const satisfies Readonly<Record<string, AnnotationRow>>

const namesOf = (mark: 'volatile' | 'banned'): ReadonlySet<string> =>
  new Set(Object.entries<AnnotationRow>(ownAnnotations).flatMap(([name, row]) => (row[mark] ? [name] : [])))

/** Names of annotations that differ when the same report is resent. */
export const volatileAnnotations = namesOf('volatile')

/** Names of annotations that are removed before a report is stored. */
export const bannedAnnotations = namesOf('banned')
