// Fields of the program's configuration: add-ons, plugins, accessibility, modes, sandboxes.
import type { FieldRow } from './field.ts'
import {
  protectedKeyword,
  publicEnum,
  publicFlag,
  publicInt,
  publicKeyword,
  publicList,
  publicText,
} from './kinds.ts'
import { telemetryEnvironment } from './telemetry.ts'

export const programFields = {
  app_notes: {
    ...publicText,
    annotation: 'Notes',
    description: 'Notes written by the program while it ran.',
  },
  addons: { ...publicList, description: 'Installed add-ons as id:version.' },
  addons_checked: {
    ...publicFlag,
    description: 'Add-ons were checked for compatibility; null when unknown.',
  },
  em_check_compatibility: {
    ...publicFlag,
    annotation: 'EMCheckCompatibility',
    description: 'Add-ons are checked for compatibility.',
  },
  plugin_filename: { ...publicEnum, description: 'File of the crashed plugin.' },
  plugin_name: { ...publicEnum, description: 'Name of the crashed plugin.' },
  plugin_version: { ...publicEnum, description: 'Version of the crashed plugin.' },
  gmp_plugin: { ...publicFlag, annotation: 'GMPPlugin', description: 'The crash was in a media plugin.' },
  gmp_library_path: {
    ...protectedKeyword,
    annotation: 'GMPLibraryPath',
    description: "Location of the media plugin on the user's disk.",
  },
  app_init_dlls: {
    ...publicText,
    annotation: 'AppInitDLLs',
    description: 'Libraries that Windows loads into every program, joined by semicolons.',
  },
  accessibility: { ...publicFlag, description: 'Assistive technology was in use.' },
  accessibility_client: {
    ...publicKeyword,
    annotation: 'AccessibilityClient',
    description: 'Assistive program and its version.',
  },
  accessibility_in_proc_client: {
    ...publicKeyword,
    annotation: 'AccessibilityInProcClient',
    description: 'Assistive libraries inside the process, a mask in hex.',
  },
  safe_mode: { ...publicFlag, annotation: 'SafeMode', description: 'The program was started in safe mode.' },
  marionette: {
    ...publicFlag,
    annotation: 'Marionette',
    fallback: false,
    description: 'Controlled by WebDriver Classic.',
  },
  remote_agent: {
    ...publicFlag,
    annotation: 'RemoteAgent',
    fallback: false,
    description: 'Controlled by WebDriver BiDi.',
  },
  dom_fission_enabled: {
    ...publicFlag,
    annotation: 'DOMFissionEnabled',
    description: 'Each site had its own process.',
  },
  dom_ipc_enabled: {
    ...publicFlag,
    annotation: 'DOMIPCEnabled',
    description: 'Pages ran in separate processes.',
  },
  content_sandbox_capable: {
    ...publicFlag,
    annotation: 'ContentSandboxCapable',
    description: 'The system can sandbox page processes.',
  },
  content_sandbox_enabled: {
    ...publicFlag,
    annotation: 'ContentSandboxEnabled',
    description: 'Page processes were in a sandbox.',
  },
  content_sandbox_capabilities: {
    ...publicInt,
    annotation: 'ContentSandboxCapabilities',
    description: 'Capabilities of the sandbox of page processes, as bits.',
  },
  content_sandbox_level: {
    ...publicInt,
    annotation: 'ContentSandboxLevel',
    description: 'Level of the sandbox of page processes.',
  },
  telemetry_environment: {
    shape: { sent: telemetryEnvironment },
    access: 'public',
    annotation: 'TelemetryEnvironment',
    description: 'State of program and machine, as defined by telemetry.',
  },
} as const satisfies Readonly<Record<string, FieldRow>>
