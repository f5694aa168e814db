use std::fs;

use stapc_sema::Library as _;

use super::*;
use crate::cli::Input;

#[test]
fn files_are_found_by_what_they_declare() {
    let root = tempfile::tempdir().unwrap();
    let (one, two) = (root.path().join("one"), root.path().join("two"));
    fs::create_dir(&one).unwrap();
    fs::create_dir(&two).unwrap();
    fs::write(
        one.join("a.stp"),
        "function f_of_two() { return 1 }\nprobe own.alias = begin {}\n@define own_macro %( 1 %)",
    )
    .unwrap();
    fs::write(one.join("b.stpm"), "@define own_macro %( 2 %)").unwrap();
    fs::write(two.join("c.stp"), "function f_of_two() { return 2 } global own_global").unwrap();
    let cache = Cache::at(root.path().join("cache"));
    let input = Input { library: vec![one.clone(), two.clone()], ..Input::default() };
    for round in ["made", "from the cache"] {
        let knowledge = Rc::new(Knowledge::new(&input, &cache));
        let library = Library::new(&input.library, knowledge, &cache);
        let name = |file: usize| library.text(file).unwrap().0;
        let paths = |kind, wanted| {
            library.files(kind, wanted).into_iter().map(name).collect::<Vec<String>>()
        };
        let path = |path: PathBuf| path.to_str().unwrap().to_owned();
        let both = [path(one.join("a.stp")), path(two.join("c.stp"))];
        assert_eq!(paths(Kind::Function, "f_of_two"), both, "{round}");
        assert_eq!(paths(Kind::Global, "own_global"), both[1..], "{round}");
        let mut aliases = library.aliases().iter();
        let (_, file) = aliases.find(|(alias, _)| alias == "own.alias").unwrap();
        assert_eq!(name(*file), both[0], "{round}");
        let (file, text) = library.macro_file("own_macro").unwrap();
        assert_eq!(
            (file, &*text),
            (path(one.join("b.stpm")), "@define own_macro %( 2 %)"),
            "{round}"
        );
        assert!(library.macro_file("no_such_macro").is_none());
        assert!(library.text(1 << 20).is_none());
        assert_eq!(library.files_read(), 3, "{round}");
    }
    assert_eq!(fs::read_dir(root.path().join("cache/library")).unwrap().count(), 2);
    // A changed file makes a new index, in the place of the old one.
    fs::write(one.join("a.stp"), "function other() {}").unwrap();
    let library = Library::new(&input.library, Rc::new(Knowledge::new(&input, &cache)), &cache);
    assert_eq!(library.files(Kind::Function, "other").len(), 1);
    assert_eq!(library.files(Kind::Function, "f_of_two").len(), 1);
    assert_eq!(fs::read_dir(root.path().join("cache/library")).unwrap().count(), 2);
}

#[test]
fn a_folder_that_is_not_there_is_no_library() {
    let cache = Cache::at("/dev/null/cache");
    let input = Input { library: vec!["/dev/null/library".into()], ..Input::default() };
    let library = Library::new(&input.library, Rc::new(Knowledge::new(&input, &cache)), &cache);
    assert!(library.files(Kind::Function, "no_such_function").is_empty());
}
