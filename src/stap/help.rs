//! What `stap` says of itself.

use crate::cli::LANGUAGE;

/// What program this is, and which version of SystemTap's language it takes.
pub fn version() -> String {
    format!(
        "Systemtap translator/driver (version {LANGUAGE}/stapc {})\n",
        env!("CARGO_PKG_VERSION")
    )
}

/// The options.
pub fn text() -> String {
    version() + "\n" + OPTIONS
}

const OPTIONS: &str = "\
Usage: stap [OPTION]... FILE [ARGUMENT]...
   or: stap [OPTION]... - [ARGUMENT]...
   or: stap [OPTION]... -e SCRIPT [ARGUMENT]...

Options, also read from $SYSTEMTAP_DIR/rc or ~/.systemtap/rc:
   --              what follows are arguments of the script
   -h --help       print this
   -V --version    print the version
   -e SCRIPT       the script's text, instead of a file
   -E SCRIPT       the text of a script to be compiled with it; may be repeated
   -l POINT        list the probe points of this pattern, and run nothing
   -L POINT        likewise, with what each gives its handler: variables and types
   --dump-probe-types, --dump-probe-aliases, --dump-functions
                   list the kinds of probe points, the library's aliases, its functions
   -p NUM          stop behind pass NUM and print what came of it:
                   1 parse, 2 elaborate, 3 translate, 4 compile, 5 run
   -v              say more of all passes
   --vp DIGITS     say more of single passes, by the digit at their place
   -k              keep the temporary directory, with the C and the module
   --tmpdir=DIR    use DIR as the temporary directory
   -g              guru mode: the script may hold C and write to the kernel's memory
   -t              say at the end how often each probe was hit, and how long its handler took
   -u              do not optimise
   -w              show no warnings
   -W              take warnings for errors
   -I DIR          add a folder of library scripts
   -D NAME=VALUE   set a limit: MAXACTION, MAXACTION_INTERRUPTIBLE, MAXNESTING, MAXSTRINGLEN,
                   MAXMAPENTRIES, MAPHASHBIAS, MAXBACKTRACE, MAXERRORS, MAXSKIPPED, MAXTRYLOCK,
                   TRYLOCKDELAY, MINSTACKSPACE, INTERRUPTIBLE, STP_MAXMEMORY, STP_NO_OVERLOAD,
                   STP_OVERLOAD_THRESHOLD, STP_OVERLOAD_INTERVAL, STP_PROCFS_BUFSIZE; or a macro
                   for C in the script
   -G NAME=VALUE   start a global variable with another value
   -r RELEASE|DIR  the kernel, else $SYSTEMTAP_RELEASE, else the running one
   --sysroot=DIR   the files of the machine that the script is for: programs, libraries, kernels
   --sysenv=VAR=VALUE
                   the value that a variable (PATH, LD_LIBRARY_PATH) has there
   -m NAME         the module's file is NAME.ko, in the current directory
   -o FILE         write the script's output to FILE; %Y, %m, … as in strftime(3)
   -S SIZE[,N]     begin a new file behind each SIZE megabytes, FILE.0, FILE.1, …; keep N of them
   -F              with -o: go on in the background, and print that process's number
   -s NUM          megabytes of each CPU's output buffer
   -c COMMAND      run COMMAND, and end the session with it; target() is its process
   -x PID          target() is PID
   -T SECONDS      end the session after so long
   --color=WHEN               colour errors: never, always or auto; $SYSTEMTAP_COLORS says how
   --compatible=VERSION       take the language of an older version
   --privilege=LEVEL          stapdev, stapsys or stapusr
   --unprivileged             the same as --privilege=stapusr
   --skip-badvars             $ variables that are not there are 0 or empty, with a warning
   --suppress-handler-errors  errors end the handler and nothing else, quietly
   --suppress-time-limits     no bound to the time that handlers take (needs -g)
   --modinfo=NAME=VALUE       what else the module says of itself
   --rlimit-as=BYTES, --rlimit-cpu=SECONDS, --rlimit-fsize=BYTES, --rlimit-nproc=NUM,
   --rlimit-stack=BYTES       bound what the compiler takes
   --disable-cache            neither read nor write the cache

SystemTap's other options are known; one that has no meaning here, or not yet, says so.
";
