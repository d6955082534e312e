//! `mintage layouts`

use std::fs::File;
use std::io::BufWriter;

use print::SheetLayout;

use crate::args::Args;
use crate::failure::Failure;
use crate::printing::LayoutsCommand;
use crate::{labels, output};

pub(crate) fn run(args: &Args, command: Option<LayoutsCommand>) -> Result<(), Failure> {
    match command {
        None => list(args),
        Some(LayoutsCommand::TestPage { layout, out, alignment }) => {
            let layout = labels::layout(&layout)?;
            let file = File::create(&out).map_err(Failure::io(&out))?;
            print::write_test_page(BufWriter::new(file), layout, alignment.alignment())?;
            if args.json {
                output::json(&serde_json::json!({ "layout": layout.name, "file": out }));
            } else {
                println!("Wrote {}. Print it at 100 %; --help says what to measure on it.", out.display());
            }
        }
    }
    Ok(())
}

fn list(args: &Args) {
    if args.json {
        output::json(&SheetLayout::all().iter().map(shown).collect::<Vec<_>>());
        return;
    }
    let size = |(width, height): (f64, f64)| format!("{width:.1} × {height:.1}");
    let rows = SheetLayout::all().iter().map(|layout| {
        let places = layout.per_page().to_string();
        let kind = layout.stock.name().to_owned();
        vec![layout.name.into(), kind, layout.description(), size(layout.page), size(layout.label), places]
    });
    output::table(&["Name", "Kind", "Maker's number", "Page mm", "Label mm", "Places"], rows);
}

fn shown(layout: &SheetLayout) -> serde_json::Value {
    let pair = |(across, down): (f64, f64)| serde_json::json!([across, down]);
    serde_json::json!({
        "name": layout.name, "kind": layout.stock.name(), "makers": layout.makers, "description": layout.description(),
        "page_mm": pair(layout.page), "label_mm": pair(layout.label), "origin_mm": pair(layout.origin),
        "pitch_mm": pair(layout.pitch), "columns": layout.columns, "rows": layout.rows,
        "dots_per_mm": layout.dots_per_mm,
    })
}
