// The 156 fields of Super Search by how their values match and which operators they have.

const groups = [
  [
    'text',
    'str',
    `abort_message adapter_driver_version adapter_subsys_id android_model app_notes
    async_shutdown_timeout collector_notes cpu_info dumper_error graphics_critical_error
    ipc_channel_error ipc_fatal_error_msg ipc_fatal_error_protocol ipc_message_name java_stack_trace
    java_stack_trace_raw mac_boot_args mac_crash_info minidump_sha256_hash moz_crash_reason
    moz_crash_reason_raw phc_alloc_stack phc_base_address phc_free_stack platform_pretty_version
    platform_version processor_notes proto_signature quota_manager_shutdown_timeout reason
    shutdown_progress signature user_comments`,
  ],
  [
    'keyword',
    'str',
    `accessibility_client accessibility_in_proc_client adapter_device_id adapter_vendor_id addons address
    android_packagename android_version background_task_name crash_inconsistencies crash_report_keys
    crashing_thread_name distribution_id glean_client_id gmp_library_path hang
    js_large_allocation_failure last_error_value mac_memory_pressure phc_kind process_type report_type
    shutdown_reason soft_errors stackwalk_version submitted_from url utility_actors_name
    xpcom_spin_event_loop_stack`,
  ],
  ['items', 'str', `app_init_dlls missing_symbols modules_in_stack topmost_filenames`],
  ['items', 'enum', `useragent_locale`],
  [
    'text',
    'enum',
    `android_board android_brand android_display android_fingerprint android_hardware
    co_marshal_interface_failure cpu_microcode_version platform plugin_filename plugin_name
    plugin_version product vendor`,
  ],
  [
    'keyword',
    'enum',
    `android_cpu_abi android_cpu_abi2 android_device android_manufacturer cpu_arch ipc_shutdown_state
    productid release_channel remote_type uuid version`,
  ],
  [
    'bool',
    'bool',
    `accessibility addons_checked content_sandbox_capable content_sandbox_enabled dom_fission_enabled
    dom_ipc_enabled em_check_compatibility gmp_plugin graphics_startup_test has_device_touch_screen
    has_guard_page_access has_mac_boot_args is_garbage_collecting marionette remote_agent safe_mode
    startup_crash throttleable windows_error_reporting`,
  ],
  [
    'int',
    'int',
    `application_build_id available_page_file available_physical_memory available_virtual_memory build_id
    install_age install_time ipc_message_size last_crash memory_explicit memory_gfx_textures
    memory_ghost_windows memory_heap_allocated memory_heap_overhead memory_heap_unclassified
    memory_host_object_urls memory_images memory_js_main_runtime memory_private memory_resident
    memory_resident_unique memory_system_heap_allocated memory_top_none_detached memory_vsize
    memory_vsize_max_contiguous oom_allocation_size phc_usable_size startup_time
    system_memory_use_percentage total_page_file total_physical_memory total_virtual_memory uptime`,
  ],
  [
    'int',
    'int',
    `content_sandbox_capabilities crashing_thread ipc_system_error mac_available_memory_sysctl
    mac_memory_pressure_sysctl major_version possible_bit_flips_max_confidence thread_count
    utility_process_sandboxing_kind`,
  ],
  ['int', 'int', `content_sandbox_level cpu_count`],
  ['float', 'float', `uptime_ts`],
  ['date', 'datetime', `date`],
] as const

const protectedNames: ReadonlySet<string> = new Set(
  `collector_notes dumper_error glean_client_id gmp_library_path has_guard_page_access
    java_stack_trace_raw mac_boot_args moz_crash_reason_raw phc_alloc_stack phc_base_address
    phc_free_stack phc_kind phc_usable_size remote_type soft_errors url user_comments`.split(/\s+/),
)

export const groupedFields = groups.flatMap(([matching, validation, names]) =>
  names.split(/\s+/).map((name) => ({ name, matching, validation, isPublic: !protectedNames.has(name) })),
)
