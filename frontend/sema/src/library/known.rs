//! Functions of SystemTap's script library, by name: what is not built yet is told apart from slips
//! of the keys.

/// Names of what is not there yet, sorted.
static NAMES: &[&str] = &[
    "format_ipaddr",
    "inet_get_ip_source",
    "ip_ntop",
    "json_add_array",
    "json_add_numeric_metric",
    "json_set_prefix",
    "module_size",
    "print_backtrace_fileline",
    "remote_id",
    "remote_uri",
    "rlimit_from_str",
    "signal_str",
    "sock_fam_num2str",
    "sock_prot_num2str",
    "sock_state_num2str",
    "switch_file",
    "symfile",
    "symfileline",
    "symline",
    "task_backtrace",
    "tcp_get_info_rto",
    "tcp_sockstate_str",
    "tcp_ts_get_info_state",
];

/// Whether a function of this name is in SystemTap's script library.
pub fn is_known(name: &str) -> bool {
    // Some come in families of one for each subject.
    const FAMILIES: [&str; 6] = ["tcpmib_", "ipmib_", "linuxmib_", "json_", "task_", "__"];
    NAMES.contains(&name) || FAMILIES.iter().any(|family| name.starts_with(family))
}

/// Whether it is a variable of that library.
pub fn is_variable(name: &str) -> bool {
    let number = name
        .strip_prefix("argv_")
        .is_some_and(|rest| rest.bytes().all(|byte| byte.is_ascii_digit()));
    number || matches!(name, "argc" | "argv")
}
