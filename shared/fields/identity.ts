// Fields that identify the report and its program, with times, submission and processing.
import type { FieldRow } from './field.ts'
import {
  protectedKeyword,
  protectedText,
  publicDate,
  publicEnum,
  publicFlag,
  publicFloat,
  publicInt,
  publicKeyword,
  publicList,
  publicText,
} from './kinds.ts'
import { collectorMetadata, collectorMetadataColumns } from './shapes.ts'

export const identityFields = {
  crash_id: {
    ...publicKeyword,
    source: 'collector',
    description: 'Crash ID: 36 characters, the last six are the day of submission.',
  },
  uuid: {
    shape: 'string',
    access: 'public',
    source: 'collector',
    description: "The crash ID under Socorro's name.",
  },
  product: { ...publicEnum, annotation: 'ProductName', description: 'Name of the program.' },
  version: {
    ...publicEnum,
    annotation: 'Version',
    description: 'Version of the program, with the suffix of ESR and beta versions.',
  },
  major_version: {
    ...publicInt,
    column: { type: 'int32' },
    description: 'Number before the first dot of the version, or 0.',
  },
  release_channel: {
    ...publicEnum,
    label: 'Channel',
    annotation: 'ReleaseChannel',
    description: 'Release channel: release, beta, nightly and so on.',
  },
  build: {
    ...publicKeyword,
    label: 'Build ID',
    annotation: 'BuildID',
    column: { name: 'build_id' },
    description: 'Build ID, mostly YYYYMMDDHHMMSS.',
  },
  application_build_id: {
    ...publicKeyword,
    annotation: 'ApplicationBuildID',
    description: 'Build ID of the application around the engine; need not contain a date.',
  },
  productid: { ...publicEnum, annotation: 'ProductID', description: 'UUID of the program.' },
  vendor: { ...publicEnum, annotation: 'Vendor', description: 'Maker of the program.' },
  distribution_id: {
    ...publicKeyword,
    description: 'Partner build that the user installed; mozilla when none, unknown when not sent.',
  },
  useragent_locale: {
    ...publicEnum,
    annotation: 'useragent_locale',
    description: 'Language of the user interface.',
  },
  background_task_name: {
    ...publicKeyword,
    annotation: 'BackgroundTaskName',
    description: 'Task that the program ran without a window.',
  },
  duplicate_of: {
    ...publicKeyword,
    source: 'processor',
    description: 'Crash ID of the same report from an earlier day.',
  },
  stack_key: {
    ...publicKeyword,
    source: 'processor',
    description: 'Hash of the crash location, as module ids and offsets; independent of symbols.',
  },
  throttle_rule: {
    ...publicEnum,
    source: 'collector',
    description: 'Throttle rule that accepted the report.',
  },
  throttle_percent: {
    ...publicFloat,
    source: 'collector',
    description: 'Percentage of such reports that the deciding rule accepts.',
  },
  weight: {
    ...publicFloat,
    source: 'collector',
    description: 'How many submitted reports this one represents: 1 / fraction stored.',
  },
  submitted_timestamp: {
    ...publicDate,
    label: 'Received',
    source: 'collector',
    column: { name: 'submitted_at' },
    description: 'Time of submission, UTC.',
  },
  date_processed: {
    shape: 'string',
    access: 'public',
    source: 'collector',
    description: "The same as submitted_timestamp, under Socorro's name; not the time of processing.",
  },
  crash_time: {
    ...publicInt,
    description: "When the program crashed, seconds since 1970 by the client's clock.",
  },
  client_crash_date: { ...publicDate, description: 'The crash time as text, UTC.' },
  startup_time: {
    ...publicInt,
    annotation: 'StartupTime',
    description: "When the process started, seconds since 1970 by the client's clock.",
  },
  install_time: {
    ...publicInt,
    annotation: 'InstallTime',
    description: 'When the program was installed, seconds since 1970; roughly identifies installations.',
  },
  install_age: {
    ...publicInt,
    description: 'Seconds from installation to crash; negative when clocks disagree.',
  },
  uptime: { ...publicInt, description: 'Seconds from start to crash, at least 0.' },
  uptime_ts: {
    ...publicFloat,
    annotation: 'UptimeTS',
    description: 'Seconds from start to crash as measured by the client.',
  },
  last_crash: { ...publicInt, label: 'Since last crash', description: 'Seconds since the previous crash.' },
  startup_crash: {
    ...publicFlag,
    label: 'Start-up crash',
    annotation: 'StartupCrash',
    description: 'The crash happened before start-up was complete.',
  },
  success: {
    shape: 'bool',
    access: 'public',
    source: 'processor',
    description: 'The report could be read, no part was skipped, and every rule ran.',
  },
  started_datetime: {
    shape: 'string',
    access: 'public',
    source: 'processor',
    description: 'Start of processing, UTC.',
  },
  completed_datetime: {
    ...publicDate,
    label: 'Processed',
    source: 'processor',
    column: { name: 'processed_at' },
    description: 'End of processing, UTC.',
  },
  processor_version: {
    ...publicEnum,
    source: 'processor',
    description: 'Version of the rules that processed the crash.',
  },
  processor_notes: {
    ...publicText,
    source: 'processor',
    description: 'Notes of the processor, one per line.',
  },
  processor_history: {
    shape: { list: 'string' },
    access: 'public',
    source: 'processor',
    description: 'Notes of earlier processing, newest first.',
  },
  collector_metadata: {
    shape: collectorMetadata,
    source: 'collector',
    columns: collectorMetadataColumns,
    description:
      'Data added by the collector: form and size of the payload, notes, files and checksums, user agent, throttling.',
  },
  cut_fields: {
    shape: { list: 'string' },
    access: 'public',
    label: 'Cut',
    source: 'processor',
    description: 'Fields that are truncated in the public view. Only in the public view.',
  },
  crash_report_keys: {
    ...publicList,
    description: 'Names of the annotations and files of the report, sorted.',
  },
  signature: { ...publicText, description: 'Signature: the group that the crash belongs to.' },
  proto_signature: {
    ...publicText,
    description: 'All frames of the crashing thread, normalized, joined by " | ".',
  },
  signature_debug: {
    shape: 'string',
    description: "How the signature was generated, one line per step, in Socorro's wording.",
  },
  signature_steps: {
    shape: { list: { object: { rule: 'string', what: 'string' } } },
    access: 'public',
    description:
      'How the signature was generated, in plain words: the steps of each rule. From public fields only.',
  },
  signature_version: {
    ...publicKeyword,
    description: "The product's preset and the version of the signature lists.",
  },
  report_type: { ...publicEnum, description: 'crash or hang.' },
  stackwalk_version: {
    ...publicKeyword,
    label: 'Stack walker',
    source: 'stackwalker',
    description: 'Version of the stack walker.',
  },
  mdsw_return_code: {
    shape: 'int',
    source: 'stackwalker',
    description: 'Zero when the stack walker had output, else 1.',
  },
  mdsw_status_string: {
    ...publicEnum,
    source: 'stackwalker',
    description: 'OK, or what was wrong with the minidump.',
  },
  mdsw_stderr: {
    shape: 'string',
    source: 'stackwalker',
    description: 'What was wrong with the minidump, in detail.',
  },
  minidump_sha256_hash: {
    ...publicKeyword,
    source: 'collector',
    description: 'SHA-256 of the main minidump, lower-case hex; empty when there is none.',
  },
  additional_minidumps: { ...publicList, description: 'Names of the additional minidumps of the report.' },
  submitted_from: { ...publicEnum, description: 'Part of the client that sent the report.' },
  submitted_from_infobar: {
    shape: 'bool',
    description: 'True when sent from the notification bar; superseded by submitted_from.',
  },
  throttleable: {
    ...publicFlag,
    annotation: 'Throttleable',
    description: 'False when the throttle had to accept the report.',
  },
  glean_client_id: {
    ...protectedKeyword,
    annotation: 'GleanClientId',
    description: 'Client id of crash pings; kept to serve requests for deletion.',
  },
  url: { ...protectedKeyword, annotation: 'URL', description: 'Page that was open.' },
  user_comments: {
    ...protectedText,
    annotation: 'Comments',
    aliases: ['comments', 'comments_'],
    description: 'What the user wrote.',
  },
} as const satisfies Readonly<Record<string, FieldRow>>
