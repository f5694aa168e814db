//! The kernel profile: constants of one kernel, which the runtime's own build put into its object.

use anyhow::{Context as _, Result};
use object::{Object as _, ObjectSection as _};

/// The section with the profile's text; `runtime/kernel/profile.c` says what is in it.
const SECTION: &str = ".discard.stapc.profile";

/// The text of `profile.h`, from the runtime's object.
pub fn header(object: &[u8]) -> Result<String> {
    let file = object::File::parse(object).context("the runtime's object is not ELF")?;
    let section =
        file.section_by_name(SECTION).context("the runtime's object has no kernel profile")?;
    let text = std::str::from_utf8(section.data()?).context("the kernel profile is not text")?;
    Ok(format!(
        "/* What the compiler knows of this kernel; made with the runtime. */\n#pragma once\n{text}"
    ))
}
