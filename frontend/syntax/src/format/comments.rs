//! Comments: their lines, without spaces at the ends, and further in or out with what they stand
//! before.

pub(super) const BLANK: [char; 5] = [' ', '\t', '\r', '\x0b', '\x0c'];

/// Columns between the stops of tabs in the text.
const TAB: usize = 8;

/// Puts out a comment. `columns` are where it began in the text and where it does now; for a comment
/// behind something else, whose further lines stay where they are, none.
pub(super) fn put(out: &mut String, text: &str, columns: Option<(usize, usize)>) {
    let mut lines = text.split('\n').map(|line| line.trim_end_matches(BLANK));
    out.push_str(lines.next().unwrap_or(""));
    let starred = lines.clone().all(|line| line.trim_start_matches(BLANK).starts_with('*'));
    for line in lines {
        out.push('\n');
        let content = line.trim_start_matches(BLANK);
        match columns {
            None => out.push_str(line),
            Some(_) if content.is_empty() => {}
            Some((old, new)) => {
                let margin =
                    if starred { new + 1 } else { (width(line) + new).saturating_sub(old) };
                out.extend(std::iter::repeat_n(' ', margin));
                out.push_str(content);
            }
        }
    }
}

/// The column of a place in the text.
pub(super) fn column(text: &str, at: usize) -> usize {
    width_with_tabs(line_before(text, at))
}

fn line_before(text: &str, at: usize) -> &str {
    let before = text.get(..at).unwrap_or("");
    before.get(before.rfind('\n').map_or(0, |end| end + 1)..).unwrap_or("")
}

/// How many columns the blanks at the start of a line take.
fn width(line: &str) -> usize {
    let content = line.trim_start_matches(BLANK).len();
    width_with_tabs(line.get(..line.len() - content).unwrap_or(""))
}

/// Comments behind something on lines that follow each other. If the author had set them below each
/// other, they will be.
#[derive(Debug, Default)]
pub(super) struct Trailing {
    comments: Vec<Comment>,
}

#[derive(Debug, Clone, Copy)]
struct Comment {
    /// Where it is put out, and the number of that line.
    at: usize,
    line: usize,
    /// The column that it had, and that which it has.
    old: Option<usize>,
    new: usize,
}

impl Trailing {
    /// A comment that was in a column is about to be put out in a line.
    pub fn add(&mut self, old: Option<usize>, out: &str, line: usize) {
        let now = line_before(out, out.len());
        // Behind tabs, columns are anyone's guess.
        let old = if now.contains('\t') { None } else { old };
        self.comments.push(Comment { at: out.len(), line, old, new: now.chars().count() });
    }

    /// How many spaces to put in where. `parted` are the places of blank lines yet to be put in.
    pub fn finish(&self, parted: &[usize]) -> Vec<(usize, usize)> {
        let mut spaces = Vec::new();
        let follows = |left: &Comment, right: &Comment| {
            let part = parted.partition_point(|&at| at < left.at);
            let below = left.line + 1 == right.line && left.old == right.old;
            below && parted.get(part).is_none_or(|&at| at >= right.at)
        };
        for run in self.comments.chunk_by(follows) {
            let column = run.iter().map(|comment| comment.new).max().unwrap_or(0);
            let known = run.iter().filter(|comment| comment.old.is_some());
            let missing = known.map(|comment| (comment.at, column - comment.new));
            spaces.extend(missing.filter(|&(_, count)| count > 0));
        }
        spaces
    }
}

/// How many columns some text takes.
fn width_with_tabs(text: &str) -> usize {
    text.chars().fold(0, |width, c| if c == '\t' { width / TAB * TAB + TAB } else { width + 1 })
}
