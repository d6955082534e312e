//! The sheets of samples in the documentation: each is what the shipped templates make today, and its symbols are genuine by the bundle beside it.
//!
//! `MINTAGE_UPDATE_SAMPLES=1 cargo test -p paper --test samples` draws them anew. The keys are everybody's, and what they sign is worth nothing.

#[path = "../../indicia/tests/support/mod.rs"]
mod support;

use std::path::{Path, PathBuf};

use hayro::hayro_interpret::InterpreterSettings;
use hayro::hayro_syntax::Pdf;
use hayro::vello_cpu::color::palette::css::WHITE;
use hayro::{PixmapSettings, RenderCache, RenderSettings, render};
use image::{Rgb, RgbImage};
use indicia::postal::imb::Imb;
use indicia::postal::{Bar, Bars, Orientation};
use indicia::{
    Algorithm, Amount, Barcode, BundleClaims, CertificateClaims, Claims, Day, Details, DeviceId, EntryWindow,
    HolderDigest, Item, RevokedKeys, Serial, Subject, Symbol, Template, TrustBundle, UnixTime,
    embedded_chain,
};
use paper::Printing;
use print::{Artwork, SheetLayout};
use support::{Signer, encoded};

const ISSUER: &str = "Mintage samples";
const DEVICE: DeviceId = DeviceId(1);
/// 2026-11-27 at noon: when they are issued, and looked at.
const NOW: UnixTime = UnixTime(1_795_780_800);
/// 2090-01-01.
const END: UnixTime = UnixTime(3_786_912_000);
/// The languages of each sheet's labels, and how many stand beside each other.
const LANGUAGES: [&str; 4] = ["en", "de", "fr", "es"];
const COLUMNS: u32 = 2;
/// Dots of an inch: more where modules are small.
const DPI: f32 = 170.0;
const FINE_DPI: f32 = 254.0;
/// Around each label.
const GAP: u32 = 24;
const AROUND: Rgb<u8> = Rgb([228, 228, 228]);

/// Keys that are no secret: whoever reads this has them.
struct Office {
    device: Signer,
    issuer_certificate: Vec<u8>,
    device_certificate: Vec<u8>,
    bundle: Vec<u8>,
}

impl Office {
    fn new() -> Self {
        let [root, issuer, device] = [b'S', b'A', b'M'].map(|seed| Signer::new(Algorithm::EdDsa, seed));
        let certificate = |by: &Signer, subject, of: &Signer| {
            let claims = CertificateClaims {
                issuer: ISSUER.to_owned(),
                subject,
                key: of.public(),
                not_before: UnixTime(0),
                expires: END,
            };
            by.sign1(&claims.encode(), None)
        };
        let issuer_certificate = certificate(&root, Subject::Issuer, &issuer);
        let device_certificate = certificate(&issuer, Subject::Device(DEVICE), &device);
        let claims = BundleClaims {
            issuer: ISSUER,
            issued_at: NOW,
            expires: END,
            root: &root.public(),
            issuers: &[&issuer_certificate],
            devices: &[&device_certificate],
            revoked: &RevokedKeys::default(),
        };
        let bundle = root.sign1(&claims.encode(), None);
        Self { device, issuer_certificate, device_certificate, bundle }
    }

    /// An item's indicium.
    fn issue(&self, item: &Item, number: u64) -> Vec<u8> {
        let claims = Claims {
            issuer: ISSUER.into(),
            serial: Serial::new(DEVICE, number).expect("a serial"),
            issued_at: NOW,
            not_before: item.not_before,
            expires: item.expires,
            kind: item.template.kind,
            amount: item.amount,
            template: item.template.id,
            holder: item.holder.as_deref().map(|holder| HolderDigest::new([7; 16], holder)),
            registers: item.template.kind.shows_registers().then_some((1_460, 98_540)),
            weight_grams: item.weight_grams,
            service: item.service.as_deref().map(Into::into),
            details: item.details.borrowed(),
        };
        let chain = embedded_chain(&self.device_certificate, &self.issuer_certificate);
        let chain = item.template.embeds_certificate.then_some(chain.as_slice());
        self.device.sign1(&encoded(&claims), chain)
    }
}

fn time(text: &str) -> UnixTime {
    text.parse().expect("a time")
}

/// One item of a template, and what its labels are printed on.
fn sample(template: &'static Template) -> (Item, &'static str) {
    let item = |amount: &str, denomination: &str| {
        let denomination = denomination.parse().expect("a denomination");
        Item::new(template, Amount::parse(amount, denomination).expect("an amount"))
    };
    let holder = || Some("Zoë Müller".to_owned());
    let expires = Some(time("2028-01-01T00:00:00Z"));
    match template.name {
        "ticket" => {
            let entry = EntryWindow {
                from: Some(time("2027-03-12T18:30:00Z")),
                until: Some(time("2027-03-12T20:00:00Z")),
            };
            let details = Details {
                event: Some("Faust I".into()),
                seat: Some("C 12".into()),
                entrance: Some("B".into()),
                entry,
                ..Details::default()
            };
            (Item { holder: holder(), expires, details, ..item("49.00", "EUR/2") }, "a4-14")
        }
        "postage" => {
            let details = Details {
                mailed: Day::new(20_784),
                origin: Some("60601".into()),
                destination: Some("10001".into()),
                barcode: "0004000090200110041210001".parse().ok(),
                ..Details::default()
            };
            let service = Some("First-Class Mail".into());
            (Item { service, weight_grams: Some(28), details, ..item("0.730", "USD/3") }, "a4-14")
        }
        "coupon" => {
            let barcode = "(255)9501101020917000000000042".parse().ok();
            let details = Details { barcode, ..Details::default() };
            let reference = Some("Espresso".into());
            (Item { expires, reference, details, ..item("2.00", "EUR/2") }, "a4-14")
        }
        "voucher" => (Item { expires, ..item("1250.00", "EUR/2") }, "a4-14"),
        "cheque" => (Item { holder: holder(), ..item("100.00", "USD/2") }, "a4-10"),
        "scrip" => (item("5.00", "EUR/2"), "a4-14"),
        "gift" => (Item { holder: holder(), expires, ..item("25.00", "EUR/2") }, "a4-14"),
        other => panic!("template {other} has no sample"),
    }
}

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/samples")
}

/// A template's sheet: the same item in all languages.
fn sheet(template: &'static Template, office: &Office) -> RgbImage {
    let mark = std::fs::read(folder().join("mark.png")).expect("the mark");
    let artwork = Artwork::from_png(&mark).expect("a picture");
    let (item, layout) = sample(template);
    let dpi = if item.template.symbol == Symbol::DataMatrix { FINE_DPI } else { DPI };
    let layout = SheetLayout::by_name(layout).expect("a layout");
    let labels: Vec<_> = LANGUAGES
        .iter()
        .zip(1..)
        .map(|(language, number)| {
            let printing = Printing { layout: Some(layout), artwork: Some(&artwork), ..Printing::default() };
            let voices = items::shipped_faces().voices(&[language.parse().expect("a language")]);
            let mut pdf = Vec::new();
            let (indicia, items) = ([office.issue(&item, number)], [item.clone()]);
            printing.write(&mut pdf, &indicia, &items, &voices, &mut |_| ()).expect("a label");
            cut(&drawn(pdf, dpi), layout, dpi)
        })
        .collect();
    let (width, height) = labels[0].dimensions();
    let rows = u32::try_from(labels.len()).expect("a few").div_ceil(COLUMNS);
    let mut sheet = RgbImage::from_pixel(COLUMNS * (width + GAP) + GAP, rows * (height + GAP) + GAP, AROUND);
    for (label, place) in labels.iter().zip(0..) {
        let (x, y) = (GAP + place % COLUMNS * (width + GAP), GAP + place / COLUMNS * (height + GAP));
        image::imageops::replace(&mut sheet, label, x.into(), y.into());
    }
    sheet
}

/// The first page of a PDF.
fn drawn(pdf: Vec<u8>, dpi: f32) -> RgbImage {
    let pdf = Pdf::new(pdf).expect("a PDF");
    let scale = dpi / 72.0;
    let how = PixmapSettings { x_scale: scale, y_scale: scale, bg_color: WHITE };
    let (cache, settings) = (RenderCache::new(), InterpreterSettings::default());
    let page = render(&pdf.pages()[0], &cache, &settings, &RenderSettings::default(), &how);
    let pixels = page.data_as_u8_slice().chunks_exact(4).flat_map(|pixel| &pixel[..3]).copied().collect();
    RgbImage::from_raw(page.width().into(), page.height().into(), pixels).expect("three bytes a pixel")
}

/// The first label of a page.
fn cut(page: &RgbImage, layout: &SheetLayout, dpi: f32) -> RgbImage {
    #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)] // of a page
    let pixels = |length: f64| (length * f64::from(dpi) / 25.4).floor() as u32;
    let ((left, top), (width, height)) = (layout.position(0), layout.label);
    image::imageops::crop_imm(page, pixels(left), pixels(top), pixels(width), pixels(height)).to_image()
}

/// The first row of 65 bars from below, read as a letter's machine does: where each is, and whether it goes up and down from there.
fn bars(label: &RgbImage, dpi: f32) -> Bars {
    let is_dark = |x: u32, y: u32| label.get_pixel(x, y).0[0] < 128;
    let begins = |x: u32, y: u32| is_dark(x, y) && (x == 0 || !is_dark(x - 1, y));
    let starts = |y: u32| (0..label.width()).filter(move |x| begins(*x, y)).collect::<Vec<_>>();
    let rows: Vec<_> = (0..label.height()).rev().map(|y| (y, starts(y))).collect();
    let rows: Vec<_> = rows.into_iter().filter(|(_, starts)| starts.len() == 65).collect();
    let (middle, places) = &rows[rows.len() / 2];
    #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)] // of a label
    let beyond = (1.2 * dpi / 25.4) as u32;
    let bar = |x: &u32| Bar::of(is_dark(x + 2, middle - beyond), is_dark(x + 2, middle + beyond));
    places.iter().map(bar).collect()
}

#[test]
fn the_bars_beside_postage_are_read() {
    let office = Office::new();
    let template = Template::by_name("postage").expect("a template");
    let (item, layout) = sample(template);
    let layout = SheetLayout::by_name(layout).expect("a layout");
    let voices = items::shipped_faces().voices(&["en".parse().expect("a language")]);
    let (indicia, items) = ([office.issue(&item, 1)], [item.clone()]);
    for dpi in [300.0, 600.0] {
        let printing = Printing { layout: Some(layout), ..Printing::default() };
        let mut pdf = Vec::new();
        printing.write(&mut pdf, &indicia, &items, &voices, &mut |_| ()).expect("a label");
        let (read, way) = Imb::decode(&bars(&cut(&drawn(pdf, dpi), layout, dpi), dpi)).expect("a barcode");
        assert_eq!((Some(Barcode::Imb(read)), way), (item.details.barcode.clone(), Orientation::Upright));
    }
}

/// Processors round the edges of letters in slightly different ways.
fn are_alike(one: &RgbImage, other: &RgbImage) -> bool {
    let differ = |(one, other): &(&Rgb<u8>, &Rgb<u8>)| {
        one.0.iter().zip(other.0).any(|(one, other)| one.abs_diff(other) > 64)
    };
    let pixels = one.width() * one.height();
    let different = one.pixels().zip(other.pixels()).filter(differ).count();
    one.dimensions() == other.dimensions() && different * 1_000 < pixels as usize
}

#[test]
fn the_samples_are_what_the_shipped_templates_make() {
    let office = Office::new();
    let bundle_file = folder().join("samples.bundle");
    let is_update = std::env::var_os("MINTAGE_UPDATE_SAMPLES").is_some();
    if is_update {
        std::fs::write(&bundle_file, &office.bundle).expect("the bundle is written");
    }
    let bundle = std::fs::read(&bundle_file).expect("the bundle");
    assert!(bundle == office.bundle, "docs/samples/samples.bundle isn't that of these keys");
    let bundle = TrustBundle::open(&bundle, None).expect("a bundle");
    for template in Template::all() {
        let file = folder().join(format!("{}.png", template.name));
        let made = sheet(template, &office);
        if is_update {
            made.save(&file).expect("the sheet is written");
        }
        let bytes = std::fs::read(&file).expect("the sheet");
        let kept = image::load_from_memory(&bytes).expect("a picture").into_rgb8();
        assert!(
            are_alike(&made, &kept),
            "docs/samples/{}.png isn't what is made now: look at it with MINTAGE_UPDATE_SAMPLES=1",
            template.name
        );
        let found = paper::find(bytes, |_, _| ()).expect("symbols");
        let checked: Vec<_> = paper::check(found, &bundle, NOW).map(|(_, checked)| checked).collect();
        assert_eq!(checked.len(), LANGUAGES.len(), "{}", template.name);
        for checked in checked {
            assert!(checked.judgement.is_genuine(), "{}: {:?}", template.name, checked.reason);
        }
    }
}
