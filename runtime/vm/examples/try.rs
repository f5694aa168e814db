fn main() {
    let t = std::time::Instant::now();
    let kernel = match std::env::args().nth(1) { Some(d) => stapc_vm::Kernel::dir(d).unwrap(), None => stapc_vm::Kernel::newest().unwrap() };
    let mut vm = match stapc_vm::Vm::builder(kernel).cpus(std::env::var("CPUS").map_or(1,|c|c.parse().unwrap())).icount(std::env::var("ICOUNT").is_ok()).kernel_args(std::env::var("KARGS").unwrap_or_default()).boot() { Ok(v) => v, Err(e) => { eprintln!("{e}"); return } };
    eprintln!("boot {:?}", t.elapsed());
    for c in ["uname -a; id; ls /dev/ttyS*; cat /proc/meminfo | head -3", "exit 3", "time -f x true; i=0; while [ $i -lt 10 ]; do i=$((i+1)); /bin/true; done", "kill -9 $$", "seq 1000000 | md5sum"] {
        let t = std::time::Instant::now();
        let o = vm.run(["sh", "-c", c]);
        eprintln!("{:?}", t.elapsed());
        match o { Ok(o) => { println!("{c}: {} {} {}", o.status, o.stdout_text(), o.stderr_text()); } Err(e) => { println!("{c}: {e}"); } }
    }
    if std::env::var("CON").is_ok() { println!("{}", vm.console()); }
}
