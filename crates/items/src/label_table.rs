//! What a template's document says of labels: its tables `[label]` and `[text.TAG]`.

use faces::{Face, Language, LanguageError, Signatures, Word, Words, Zone};
use indicia::Kind;
use print::{FacingMark, SheetLayout};
use toml::de::DeValue;

use crate::fault::{Fault, Problem, is_invisible};
use crate::template::{Reader, Table, Value};

const LABEL: &[&str] = &["layout", "language", "signatures", "facing_mark", "time_zone"];

impl Reader<'_> {
    /// A face changed by what the document says.
    pub(crate) fn face(&mut self, root: Table<'_, '_>, mut face: Face) -> Face {
        self.texts(root, &mut face);
        if let Some(label) = self.table(root, "label", LABEL) {
            self.label(label, &mut face);
        }
        face
    }

    fn texts(&mut self, root: Table<'_, '_>, face: &mut Face) {
        let Some(value) = root.get("text") else { return };
        let DeValue::Table(languages) = value.get_ref() else {
            self.said("text", value, "a table for each language is expected, as [text.en]");
            return;
        };
        let mut here = Vec::new();
        for (tag, value) in languages {
            let name = format!("text.{}", tag.get_ref());
            let language: Language = match tag.get_ref().parse() {
                Ok(language) => language,
                Err(error) => {
                    let error: LanguageError = error;
                    self.wrong(&name, tag.span(), Problem::Document(error.to_string()));
                    continue;
                }
            };
            if here.iter().any(|(_, known, _)| *known == language) {
                let sentence = format!("the texts in {language} stand in another table");
                self.wrong(&name, tag.span(), Problem::Document(sentence));
                continue;
            }
            let DeValue::Table(entries) = value.get_ref() else {
                self.said(&name, value, format!("a table is expected, as [{name}]"));
                continue;
            };
            let row = self.row(value.span().start);
            let table = Table { entries, name: &name, row };
            self.known(table, &Word::ALL.map(Word::name));
            face.say(language.clone(), self.words(table));
            here.push((row, language, name));
        }
        // A region's texts may lack what those of its language have, which may stand further down.
        for (row, language, name) in here {
            let missing: Vec<_> = face.missing(&language).into_iter().map(Word::name).collect();
            if !missing.is_empty() {
                let sentence =
                    format!("no words of {language} are shipped; missing are {}", missing.join(", "));
                self.fault(Fault::column(row, &name, Problem::Document(sentence)));
            }
        }
    }

    fn words(&mut self, table: Table<'_, '_>) -> Words {
        let word = |word: Word| Some((word, self.word(table, word)?));
        Word::ALL.into_iter().filter_map(word).collect()
    }

    fn word(&mut self, table: Table<'_, '_>, word: Word) -> Option<String> {
        let text = self.text(table, word.name())?;
        let (length, places) = (text.chars().count(), text.matches("{}").count());
        let hides = |character: char| character.is_control() || is_invisible(character);
        let wrong = if text.trim().is_empty() && word.is_needed() {
            Some("a text with something in it is expected".to_owned())
        } else if length > word.most() {
            Some(format!("it has {length} characters, {} are possible", word.most()))
        } else if text.contains(hides) {
            Some("it has a character that can't be seen".to_owned())
        } else if word.has_place() && places != 1 {
            Some("{} is expected in it once, where what the item says is to stand".to_owned())
        } else if !word.has_place() && places > 0 {
            Some("nothing can stand at {} in it".to_owned())
        } else {
            print::check_text(text).err().map(|error| error.to_string())
        };
        if let (Some(wrong), Some(value)) = (&wrong, table.get(word.name())) {
            self.said(&table.path(word.name()), value, wrong);
        }
        wrong.is_none().then(|| text.to_owned())
    }

    fn label(&mut self, label: Table<'_, '_>, face: &mut Face) {
        if let Some((name, value)) = self.entry(label, "layout") {
            face.layout = SheetLayout::by_name(name);
            if face.layout.is_none() {
                self.said("label.layout", value, "there is no such layout; `mintage layouts` shows all");
            }
        }
        if let Some((tag, value)) = self.entry(label, "language") {
            match tag.parse::<Language>() {
                Ok(language) if face.missing(&language).is_empty() => face.language = language,
                Ok(language) => {
                    let sentence =
                        format!("no words of {language} are shipped; write them as [text.{language}]");
                    self.said("label.language", value, sentence);
                }
                Err(error) => self.said("label.language", value, error.to_string()),
            }
        }
        if let Some((name, value)) = self.entry(label, "signatures") {
            match Signatures::ALL.into_iter().find(|signatures| signatures.name() == name) {
                Some(signatures) => face.signatures = signatures,
                None => self.said("label.signatures", value, "none, one or two is expected"),
            }
        }
        if let Some((name, value)) = self.entry(label, "facing_mark") {
            let mark = FacingMark::ALL.into_iter().find(|mark| mark.name() == name);
            if face.template.kind != Kind::Postage {
                self.said("label.facing_mark", value, "only postage has a facing mark");
            } else if mark.is_none() && name != "none" {
                self.said("label.facing_mark", value, "A, B, C, D, E or none is expected");
            }
            face.facing_mark = mark;
        }
        if let Some((name, value)) = self.entry(label, "time_zone") {
            match name.parse::<Zone>() {
                _ if face.template.kind != Kind::Ticket => {
                    self.said(
                        "label.time_zone",
                        value,
                        "only a ticket has times of the day, when one enters",
                    );
                }
                Ok(zone) => face.time_zone = zone,
                Err(error) => self.said("label.time_zone", value, error.to_string()),
            }
        }
    }

    /// A text of a table and where it stands.
    fn entry<'t, 'a>(&mut self, table: Table<'t, 'a>, entry: &str) -> Option<(&'t str, &'t Value<'a>)> {
        Some((self.text(table, entry)?, table.get(entry)?))
    }
}
