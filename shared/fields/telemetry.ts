// Shape of Firefox's telemetry environment.
// https://firefox-source-docs.mozilla.org/toolkit/components/telemetry/data/environment.html
import type { Shape } from './shape.ts'

const anyKey = /^.{1,200}$/s
const strings = { list: 'string' } as const satisfies Shape
const status = { object: { status: 'string' } } as const satisfies Shape
const drive = { object: { model: 'string', revision: 'string', type: 'string' } } as const satisfies Shape

const addons = {
  object: {
    activeAddons: {
      keys: anyKey,
      map: {
        object: {
          appDisabled: 'bool',
          blocklisted: 'bool',
          description: 'string',
          foreignInstall: 'scalar',
          hasBinaryComponents: 'bool',
          installDay: 'int',
          isSystem: 'bool',
          isWebExtension: 'bool',
          multiprocessCompatible: 'bool',
          name: 'string',
          scope: 'int',
          signedState: 'int',
          type: 'string',
          updateDay: 'int',
          userDisabled: 'scalar',
          version: 'scalar',
        },
      },
    },
    activeGMPlugins: {
      keys: anyKey,
      map: { object: { applyBackgroundUpdates: 'scalar', userDisabled: 'bool', version: 'string' } },
    },
    activePlugins: {
      list: {
        object: {
          blocklisted: 'bool',
          clicktoplay: 'bool',
          description: 'string',
          disabled: 'bool',
          mimeTypes: strings,
          name: 'string',
          updateDay: 'int',
          version: 'scalar',
        },
      },
    },
    theme: {
      object: {
        appDisabled: 'bool',
        blocklisted: 'bool',
        description: 'string',
        foreignInstall: 'scalar',
        hasBinaryComponents: 'bool',
        id: 'string',
        installDay: 'int',
        name: 'string',
        scope: 'int',
        updateDay: 'int',
        userDisabled: 'bool',
        version: 'string',
      },
    },
  },
} as const satisfies Shape

const build = {
  object: {
    applicationId: 'string',
    applicationName: 'string',
    architecture: 'string',
    buildId: 'string',
    displayVersion: 'string',
    platformVersion: 'string',
    updaterAvailable: 'bool',
    vendor: 'string',
    version: 'string',
    xpcomAbi: 'string',
  },
} as const satisfies Shape

const partner = {
  object: {
    distributionId: 'string',
    distributionVersion: 'string',
    distributor: 'string',
    distributorChannel: 'string',
    partnerId: 'string',
    partnerNames: strings,
  },
} as const satisfies Shape

const settings = {
  object: {
    addonCompatibilityCheckEnabled: 'bool',
    blocklistEnabled: 'bool',
    defaultSearchEngine: 'string',
    defaultSearchEngineData: {
      object: { loadPath: 'string', name: 'string', origin: 'string', submissionURL: 'string' },
    },
    e10sEnabled: 'bool',
    e10sMultiProcesses: 'int',
    fissionEnabled: 'bool',
    intl: {
      object: {
        acceptLanguages: strings,
        appLocales: strings,
        availableLocales: strings,
        regionalPrefsLocales: strings,
        requestedLocales: strings,
        systemLocales: strings,
      },
    },
    isDefaultBrowser: 'bool',
    launcherProcessState: 'int',
    locale: 'string',
    sandbox: { object: { contentWin32kLockdownState: 'int', effectiveContentProcessLevel: 'int' } },
    searchCohort: 'string',
    telemetryEnabled: 'bool',
    update: { object: { autoDownload: 'bool', background: 'bool', channel: 'string', enabled: 'bool' } },
    userPrefs: { keys: anyKey, map: 'scalar' },
  },
} as const satisfies Shape

const cpu = {
  object: {
    cores: 'int',
    count: 'int',
    extensions: strings,
    family: 'int',
    isWindowsSMode: 'bool',
    l2cacheKB: 'int',
    l3cacheKB: 'int',
    model: 'int',
    name: 'string',
    speedMHz: 'int',
    stepping: 'int',
    vendor: 'string',
  },
} as const satisfies Shape

const graphics = {
  object: {
    ContentBackend: 'string',
    D2DEnabled: 'bool',
    DWriteEnabled: 'bool',
    EmbeddedInFirefoxReality: 'bool',
    Headless: 'bool',
    adapters: {
      list: {
        object: {
          GPUActive: 'bool',
          RAM: 'int',
          description: 'string',
          deviceID: 'string',
          driver: 'string',
          driverDate: 'string',
          driverVendor: 'string',
          driverVersion: 'string',
          subsysID: 'string',
          vendorID: 'string',
        },
      },
    },
    features: {
      object: {
        advancedLayers: status,
        compositor: 'string',
        d2d: { object: { status: 'string', version: 'string' } },
        d3d11: {
          object: {
            blocklisted: 'bool',
            status: 'string',
            textureSharing: 'bool',
            version: 'int',
            warp: 'bool',
          },
        },
        gpuProcess: status,
        hwCompositing: status,
        omtp: status,
        openglCompositing: status,
        webrender: status,
        wrCompositor: status,
        wrQualified: status,
        wrSoftware: status,
      },
    },
    monitors: {
      list: {
        object: {
          pseudoDisplay: 'bool',
          refreshRate: 'int',
          scale: 'int',
          screenHeight: 'int',
          screenWidth: 'int',
        },
      },
    },
  },
} as const satisfies Shape

const system = {
  object: {
    appleModelId: 'string',
    cpu,
    gfx: graphics,
    hasWinPackageId: 'bool',
    hdd: { object: { binary: drive, profile: drive, system: drive } },
    isWow64: 'bool',
    isWowARM64: 'bool',
    memoryMB: 'int',
    os: {
      object: {
        hasPrefetch: 'bool',
        hasSuperfetch: 'bool',
        installYear: 'int',
        locale: 'string',
        name: 'string',
        servicePackMajor: 'int',
        servicePackMinor: 'int',
        version: 'string',
        windowsBuildNumber: 'int',
        windowsUBR: 'int',
      },
    },
    sec: { object: { antispyware: strings, antivirus: strings, firewall: strings } },
    virtualMaxMB: 'int',
  },
} as const satisfies Shape

/** Public as a whole. */
export const telemetryEnvironment = {
  object: {
    addons,
    build,
    experiments: {
      keys: anyKey,
      map: { object: { branch: 'string', enrollmentId: 'string', type: 'string' } },
    },
    partner,
    profile: { object: { creationDate: 'int', firstUseDate: 'int', resetDate: 'int' } },
    services: { object: { accountEnabled: 'bool', syncEnabled: 'bool' } },
    settings,
    system,
  },
} as const satisfies Shape
