//! A place in a JSON document, and what is read there.

use std::fmt;

use bstr::BString;
use serde_json::Value as Json;

/// Something wrong with a JSON document, and where.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct JsonError {
    /// The place, as a JSON pointer; empty: all of it.
    pub path: String,
    /// What is wrong.
    pub message: String,
}

impl fmt::Display for JsonError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let place = if self.path.is_empty() { "/" } else { &self.path };
        write!(f, "{place}: {}", self.message)
    }
}

impl std::error::Error for JsonError {}

pub type Result<T> = std::result::Result<T, JsonError>;

/// A value of a document, and where it stands.
#[derive(Debug, Clone)]
pub struct Node<'j> {
    json: &'j Json,
    path: String,
}

impl<'j> Node<'j> {
    /// All of a document.
    pub fn root(json: &'j Json) -> Self {
        Self { json, path: String::new() }
    }

    /// Something wrong here.
    pub fn error(&self, message: impl Into<String>) -> JsonError {
        JsonError { path: self.path.clone(), message: message.into() }
    }

    fn expected<T>(&self, what: &str, found: Option<T>) -> Result<T> {
        found.ok_or_else(|| self.error(format!("expected {what}")))
    }

    /// An object's field.
    pub fn field(&self, name: &str) -> Result<Self> {
        let object = self.expected("an object", self.json.as_object())?;
        let json = object.get(name).ok_or_else(|| self.error(format!("`{name}` is missing")))?;
        Ok(Self { json, path: format!("{}/{name}", self.path) })
    }

    /// That it is an object without other fields than these.
    pub fn only(&self, names: &[&str]) -> Result<()> {
        let object = self.expected("an object", self.json.as_object())?;
        match object.keys().find(|key| !names.contains(&key.as_str())) {
            Some(other) => Err(self.error(format!("there is no field `{other}` here"))),
            None => Ok(()),
        }
    }

    /// It, unless it is null.
    pub fn some(self) -> Option<Self> {
        (!self.json.is_null()).then_some(self)
    }

    /// Whether it is a number.
    pub fn is_number(&self) -> bool {
        self.json.is_number()
    }

    pub fn text(&self) -> Result<&'j str> {
        self.expected("text", self.json.as_str())
    }

    pub fn flag(&self) -> Result<bool> {
        self.expected("true or false", self.json.as_bool())
    }

    pub fn integer(&self) -> Result<i64> {
        self.expected("an integer of 64 bits", self.json.as_i64())
    }

    pub fn unsigned(&self) -> Result<u64> {
        self.expected("a number from 0 to 18446744073709551615", self.json.as_u64())
    }

    pub fn number(&self) -> Result<u32> {
        let number = self.json.as_u64().and_then(|number| u32::try_from(number).ok());
        self.expected("a number from 0 to 4294967295", number)
    }

    pub fn list(&self) -> Result<Vec<Self>> {
        let items = self.expected("a list", self.json.as_array())?;
        let item = |(at, json)| Self { json, path: format!("{}/{at}", self.path) };
        Ok(items.iter().enumerate().map(item).collect())
    }

    /// Text, or the bytes of what is none.
    pub fn bytes(&self) -> Result<BString> {
        match self.json {
            Json::String(text) => Ok(text.as_str().into()),
            Json::Array(_) => {
                let byte = |item: Self| {
                    let byte = item.json.as_u64().and_then(|byte| u8::try_from(byte).ok());
                    item.expected("a byte", byte)
                };
                self.list()?.into_iter().map(byte).collect::<Result<Vec<u8>>>().map(BString::from)
            }
            _ => Err(self.error("expected text or a list of bytes")),
        }
    }

    /// What a name stands for.
    pub fn named<T>(&self, what: &str, find: impl FnOnce(&str) -> Option<T>) -> Result<T> {
        let name = self.text()?;
        find(name).ok_or_else(|| self.error(format!("there is no {what} `{name}`")))
    }
}
