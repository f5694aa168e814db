mod common;
#[test]
fn one() {
    let files = std::env::var("FILES").unwrap();
    for f in files.split(' ') {
        let bytes = std::fs::read(f).unwrap();
        let name = f.rsplit('/').next().unwrap();
        let c = common::compile_in(&stapc_syntax::Plain{guru:true,..Default::default()}, name, &bytes);
        println!("=== {f}\n{}", stapc_diagnostics::render(&c.sources, &c.diagnostics, false));
        println!("{}", stapc_diagnostics::render(&c.sources, &c.refused, false));
        if let Some(m) = c.module {
            println!("{}", stapc_ir::print(&m));
            for level in 0..=2 {
                let v = stapc_passes::run(m.clone(), level, |_, _| {});
                if let Err(e) = &v { println!("O{level}: {e}"); println!("{}", e.errors[0].text); }
                else if std::env::var("OPT").is_ok() && level==2 { println!("-O{level}\n{}", stapc_ir::print(v.unwrap().module())); }
            }
        }
    }
}
