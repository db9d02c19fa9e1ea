// Fields of the system: processor, operating system, memory, graphics, Android.
import type { FieldRow } from './field.ts'
import {
  protectedKeyword,
  protectedText,
  publicEnum,
  publicFlag,
  publicInt,
  publicKeyword,
  publicText,
} from './kinds.ts'
import { memoryColumns, memoryMeasures } from './shapes.ts'

export const systemFields = {
  cpu_arch: {
    ...publicEnum,
    label: 'Architecture',
    description: 'CPU family: x86, amd64, arm, arm64 and so on; unknown if it cannot be determined.',
  },
  cpu_count: {
    ...publicInt,
    label: 'CPU count',
    column: { type: 'int32' },
    description: 'Logical CPUs; 0 if unknown.',
  },
  cpu_info: { ...publicText, label: 'CPU', description: 'CPU vendor, family, model and stepping.' },
  cpu_microcode_version: {
    ...publicEnum,
    label: 'CPU microcode',
    description: "Revision of the CPU's microcode in hex.",
  },
  os_name: {
    ...publicEnum,
    label: 'Platform',
    column: { name: 'platform' },
    description:
      'Operating system: Windows NT, Mac OS X, Linux, Android; Unknown if it cannot be determined.',
  },
  os_version: {
    ...publicText,
    label: 'Platform version',
    column: { name: 'platform_version' },
    description: 'Version of the operating system.',
  },
  os_pretty_version: {
    ...publicText,
    label: 'Operating system',
    column: { name: 'platform_pretty_version' },
    description: 'Operating system and version in readable form.',
  },
  has_device_touch_screen: {
    ...publicFlag,
    annotation: 'HasDeviceTouchScreen',
    description: 'The machine has a touch screen.',
  },
  available_page_file: {
    ...publicInt,
    annotation: 'AvailablePageFile',
    description: 'Available page file: memory that could still be committed, in bytes.',
  },
  available_physical_memory: {
    ...publicInt,
    annotation: 'AvailablePhysicalMemory',
    description: 'Free physical memory in bytes.',
  },
  available_virtual_memory: {
    ...publicInt,
    annotation: 'AvailableVirtualMemory',
    description: 'Free address space in bytes; may be fragmented.',
  },
  total_page_file: {
    ...publicInt,
    annotation: 'TotalPageFile',
    description: 'Total memory that can be committed, in bytes.',
  },
  total_physical_memory: {
    ...publicInt,
    annotation: 'TotalPhysicalMemory',
    description: 'Physical memory in bytes.',
  },
  total_virtual_memory: {
    ...publicInt,
    annotation: 'TotalVirtualMemory',
    description: 'Address space in bytes.',
  },
  system_memory_use_percentage: {
    ...publicInt,
    label: 'Memory in use',
    annotation: 'SystemMemoryUsePercentage',
    description: 'Physical memory in use, in percent.',
  },
  oom_allocation_size: {
    ...publicInt,
    label: 'Failed allocation',
    annotation: 'OOMAllocationSize',
    description: 'Requested bytes when memory ran out.',
  },
  js_large_allocation_failure: {
    ...publicEnum,
    annotation: 'JSLargeAllocationFailure',
    description: 'State of the JavaScript engine after a large allocation failed.',
  },
  memory_measures: {
    shape: memoryMeasures,
    access: 'public',
    search: 'int',
    columns: memoryColumns,
    description:
      'Sums from the memory report for the crashed process; bytes, or counts for windows and object URLs.',
  },
  memory_report: { shape: { protected: 'json' }, description: 'The memory report as sent.' },
  memory_report_error: { shape: 'string', description: 'Why the memory report could not be read.' },
  phc_kind: { ...protectedKeyword, description: 'State of the watched allocation that was accessed.' },
  phc_base_address: { ...protectedKeyword, description: 'Start of the watched allocation in hex.' },
  phc_usable_size: { shape: 'int', search: 'int', description: 'Bytes of the watched allocation.' },
  phc_alloc_stack: {
    ...protectedText,
    description: 'Where the watched allocation was made: addresses in decimal.',
  },
  phc_free_stack: {
    ...protectedText,
    description: 'Where the watched allocation was freed: addresses in decimal.',
  },
  mac_available_memory_sysctl: {
    ...publicInt,
    annotation: 'MacAvailableMemorySysctl',
    description: 'Free memory in percent, as reported by macOS.',
  },
  mac_memory_pressure: {
    ...publicEnum,
    annotation: 'MacMemoryPressure',
    description: 'Memory pressure on macOS: Normal, Warning, Critical, Unset, Unexpected.',
  },
  mac_memory_pressure_sysctl: {
    ...publicInt,
    annotation: 'MacMemoryPressureSysctl',
    description: 'Memory pressure as encoded by the kernel: 0 normal, 2 warning, 4 critical.',
  },
  mac_memory_pressure_normal_time: {
    shape: 'string',
    access: 'public',
    annotation: 'MacMemoryPressureNormalTime',
    description: 'When the pressure last became normal, seconds since 1970.',
  },
  mac_memory_pressure_warning_time: {
    shape: 'string',
    access: 'public',
    annotation: 'MacMemoryPressureWarningTime',
    description: 'When the pressure last became a warning, seconds since 1970.',
  },
  mac_memory_pressure_critical_time: {
    shape: 'string',
    access: 'public',
    annotation: 'MacMemoryPressureCriticalTime',
    description: 'When the pressure last became critical, seconds since 1970.',
  },
  mac_crash_info: {
    ...publicText,
    label: 'macOS crash info',
    description: 'Crash info of libraries on macOS, as JSON.',
  },
  mac_boot_args: { ...protectedText, description: 'Boot arguments of macOS; may identify a machine.' },
  has_mac_boot_args: { ...publicFlag, description: 'macOS was started with boot arguments.' },
  adapter_device_id: {
    ...publicKeyword,
    label: 'Graphics device',
    annotation: 'AdapterDeviceID',
    description: 'Device id of the graphics card.',
  },
  adapter_vendor_id: {
    ...publicKeyword,
    label: 'Graphics vendor',
    annotation: 'AdapterVendorID',
    description: 'Vendor of the graphics card: PCI id or name.',
  },
  adapter_subsys_id: {
    ...publicText,
    annotation: 'AdapterSubsysID',
    description: 'Subsystem id of the graphics card.',
  },
  adapter_driver_version: {
    ...publicText,
    label: 'Graphics driver',
    annotation: 'AdapterDriverVersion',
    description: 'Version of the graphics driver.',
  },
  graphics_critical_error: {
    ...publicText,
    annotation: 'GraphicsCriticalError',
    description: 'Errors logged by the graphics code.',
  },
  graphics_startup_test: {
    ...publicFlag,
    annotation: 'GraphicsStartupTest',
    description: 'The crash happened while graphics drivers were being tried.',
  },
  android_board: { ...publicEnum, annotation: 'Android_Board', description: 'Board of the device.' },
  android_brand: { ...publicEnum, annotation: 'Android_Brand', description: 'Brand of the device.' },
  android_cpu_abi: {
    ...publicEnum,
    label: 'Android ABI',
    annotation: 'Android_CPU_ABI',
    description: 'First instruction set of the device.',
  },
  android_cpu_abi2: {
    ...publicEnum,
    annotation: 'Android_CPU_ABI2',
    description: 'Second instruction set of the device.',
  },
  android_device: { ...publicEnum, annotation: 'Android_Device', description: 'Code name of the device.' },
  android_display: {
    ...publicEnum,
    annotation: 'Android_Display',
    description: 'Id of the system build, as shown to users.',
  },
  android_fingerprint: {
    ...publicEnum,
    annotation: 'Android_Fingerprint',
    description: 'Fingerprint of the system build.',
  },
  android_hardware: {
    ...publicEnum,
    annotation: 'Android_Hardware',
    description: 'Hardware name according to the kernel.',
  },
  android_manufacturer: {
    ...publicEnum,
    label: 'Manufacturer',
    annotation: 'Android_Manufacturer',
    description: 'Manufacturer of the device.',
  },
  android_model: {
    ...publicText,
    label: 'Device model',
    annotation: 'Android_Model',
    description: 'Model of the device.',
  },
  android_packagename: {
    ...publicKeyword,
    annotation: 'Android_PackageName',
    description: 'Package of the application.',
  },
  android_version: {
    ...publicKeyword,
    annotation: 'Android_Version',
    description: 'API level and release of Android.',
  },
} as const satisfies Readonly<Record<string, FieldRow>>
