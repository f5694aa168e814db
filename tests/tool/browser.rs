//! A browser, for tests of pages: Chromium without a window, by its DevTools protocol.

use std::{
    fs::{File, OpenOptions},
    io::{BufRead as _, BufReader, Write as _},
    path::Path,
    process::{Child, Command, Stdio},
    time::Duration,
};

use serde_json::{Value, json};

const CHROMIUM: &str = "/usr/bin/chromium";

/// A page that is open; the browser ends with it.
pub struct Browser {
    child: Child,
    commands: File,
    answers: BufReader<File>,
    session: Value,
    count: u64,
}

/// The browser, or none if there is none here, which is said.
pub fn is_here() -> bool {
    let here = Path::new(CHROMIUM).exists();
    if !here {
        eprintln!("skipped: there is no {CHROMIUM}; run `cargo xtask setup`");
    }
    here
}

fn chromium(program: &str, folder: &Path) -> Command {
    let mut command = Command::new(program);
    command.env("HOME", folder).stdin(Stdio::null()).stderr(Stdio::null());
    command
}

/// The options of every run: no window, and nothing of the outside.
fn options(folder: &Path) -> Vec<String> {
    let own = ["--headless", "--no-sandbox", "--disable-gpu", "--window-size=1500,1000"];
    let quiet = ["--disable-background-networking", "--no-first-run", "--disable-dev-shm-usage"];
    let profile = format!("--user-data-dir={}", folder.join("profile").display());
    own.iter().chain(&quiet).map(|&word| word.to_owned()).chain([profile]).collect()
}

/// The page as the browser has it once its script has run.
pub fn dumped(folder: &Path, address: &str) -> String {
    let mut command = chromium(CHROMIUM, folder);
    let output = command.args(options(folder)).args(["--dump-dom", address]).output().unwrap();
    assert!(output.status.success(), "{output:?}");
    String::from_utf8(output.stdout).unwrap()
}

impl Browser {
    /// Opens a page, and waits until it is there.
    pub fn open(folder: &Path, address: &str) -> Self {
        let (to, from) = (folder.join("to-browser"), folder.join("from-browser"));
        let made = Command::new("mkfifo").args([&to, &from]).status().unwrap();
        assert!(made.success());
        // The browser reads commands from descriptor 3 and writes answers to 4.
        let mut command = chromium("sh", folder);
        let script = "exec \"$@\" 3<to-browser 4>from-browser";
        command.current_dir(folder).stdout(Stdio::null()).args(["-c", script, "sh", CHROMIUM]);
        command.args(options(folder)).args(["--remote-debugging-pipe", "about:blank"]);
        let child = command.spawn().unwrap();
        let commands = OpenOptions::new().write(true).open(to).unwrap();
        let answers = BufReader::new(File::open(from).unwrap());
        let mut browser = Self { child, commands, answers, session: Value::Null, count: 0 };
        let target = browser.call("Target.createTarget", json!({ "url": address }));
        let attach = json!({ "targetId": target["targetId"], "flatten": true });
        browser.session = browser.call("Target.attachToTarget", attach)["sessionId"].take();
        let there = format!("location.href === {address:?} && document.readyState === 'complete'");
        let mut opened = false;
        for _ in 0..500 {
            // While the page comes, what is asked may have no place to be asked in.
            let params = json!({ "expression": there });
            let answer = browser.ask("Runtime.evaluate", params).unwrap_or_default();
            opened = answer["result"]["value"] == true;
            if opened {
                break;
            }
            std::thread::sleep(Duration::from_millis(20));
        }
        assert!(opened, "{address} does not open");
        browser
    }

    /// What an expression of the page's language is.
    pub fn eval(&mut self, expression: &str) -> Value {
        let answer = self.call(
            "Runtime.evaluate",
            json!({ "expression": expression, "returnByValue": true, "awaitPromise": true }),
        );
        assert!(answer["exceptionDetails"].is_null(), "{expression}: {answer}");
        answer["result"]["value"].clone()
    }

    /// Clicks at the middle of the first element of this selector that can be seen.
    pub fn click(&mut self, selector: &str) {
        let place = self.eval(&format!(
            "(() => {{ const element = document.querySelector({selector:?}); element.scrollIntoView({{ block: 'center' }}); \
             const box = element.getBoundingClientRect(); return [box.left + Math.min(box.width / 2, 60), box.top + box.height / 2]; }})()"
        ));
        for kind in ["mousePressed", "mouseReleased"] {
            let event = json!({ "type": kind, "x": place[0], "y": place[1], "button": "left", "clickCount": 1 });
            self.call("Input.dispatchMouseEvent", event);
        }
    }

    /// Presses a key, such as `ArrowDown`.
    pub fn press(&mut self, key: &str) {
        for kind in ["keyDown", "keyUp"] {
            self.call("Input.dispatchKeyEvent", json!({ "type": kind, "key": key, "code": key }));
        }
    }

    fn call(&mut self, method: &str, params: Value) -> Value {
        self.ask(method, params).unwrap_or_else(|error| panic!("{method}: {error}"))
    }

    fn ask(&mut self, method: &str, params: Value) -> Result<Value, String> {
        self.count += 1;
        let mut command = json!({ "id": self.count, "method": method, "params": params });
        if !self.session.is_null() {
            command["sessionId"] = self.session.clone();
        }
        self.commands.write_all(format!("{command}\0").as_bytes()).unwrap();
        loop {
            let mut message = Vec::new();
            let length = self.answers.read_until(0, &mut message).unwrap();
            assert!(length > 0, "the browser has ended during {method}");
            message.pop();
            let mut answer: Value = serde_json::from_slice(&message).unwrap();
            // Events come in between.
            if answer["id"] == json!(self.count) {
                let error = &answer["error"];
                return if error.is_null() {
                    Ok(answer["result"].take())
                } else {
                    Err(error.to_string())
                };
            }
        }
    }
}

impl Drop for Browser {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
