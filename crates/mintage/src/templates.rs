//! The operator's own templates, in the data folder, each as a provider signed it.

use std::path::Path;

use engine::{ModuleHost, SecureModule};
use faces::{Face, Faces};
use indicia::{RuleBook, Rules, Template};
use items::TemplateDocument;
use module::staff::Staff;

use crate::failure::Failure;
use crate::folder::DataFolder;

/// A template of the operator's own.
pub(crate) struct Own {
    pub(crate) rules: Rules,
    pub(crate) face: Face,
    pub(crate) document: String,
    /// Who signed it.
    pub(crate) by: String,
}

/// Everybody of the staff at this moment.
pub(crate) fn staff(host: &ModuleHost) -> Result<Staff, Failure> {
    Staff::new(host.staff()?.members).map_err(|error| Failure::Said(error.to_string()))
}

/// Reads a signed template, if a provider of these people signed it.
pub(crate) fn open(path: &Path, bytes: &[u8], staff: &Staff) -> Result<Own, Failure> {
    let refused = |error| Failure::Said(format!("{} can't be used as a template: {error}", path.display()));
    let (document, by) = module::template::open(bytes, staff).map_err(refused)?;
    let read = items::read_template(document.as_bytes());
    let faults = |faults| Failure::Template { path: path.display().to_string(), faults };
    let TemplateDocument { rules, face } = read.map_err(faults)?;
    Ok(Own { rules, face, document, by })
}

/// Those that the folder has.
pub(crate) fn load(folder: &DataFolder, host: &ModuleHost) -> Result<Vec<Own>, Failure> {
    let staff = staff(host)?;
    let mut own = Vec::new();
    for template in Template::all() {
        let path = folder.template(template.name);
        if !path.exists() {
            continue;
        }
        let bytes = std::fs::read(&path).map_err(Failure::io(&path))?;
        let found = open(&path, &bytes, &staff)?;
        if found.rules.template != template {
            let reason = format!("{} is of template {}", path.display(), found.rules.template.name);
            return Err(Failure::Said(reason));
        }
        own.push(found);
    }
    Ok(own)
}

/// What everything that is issued from the folder is held to, and how its labels look.
pub(crate) fn in_use(folder: &DataFolder, host: &ModuleHost) -> Result<(RuleBook, Faces), Failure> {
    let mut faces = items::shipped_faces().clone();
    let mut rules = Vec::new();
    for own in load(folder, host)? {
        rules.push(own.rules);
        faces.put(own.face);
    }
    Ok((rules.into_iter().collect(), faces))
}
