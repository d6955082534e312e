//! What makes a PDF one of PDF/A-2b (ISO 19005-2): it says that it is one, and what its colours are.
//!
//! The rest is in how everything else is written: fonts are embedded, nothing is transparent or encrypted, and there is an identifier.

use pdf_writer::types::OutputIntentSubtype;
use pdf_writer::writers::Catalog;
use pdf_writer::{Chunk, Filter, Finish, Ref, TextStr};

use crate::PrintError;

/// Level 2b, as ISO 19005-2, 6.6.4 has it said. The packet can be found by whoever doesn't read PDF.
const METADATA: &str = "<?xpacket begin=\"\u{feff}\" id=\"W5M0MpCehiHzreSzNTczkc9d\"?>\n\
    <x:xmpmeta xmlns:x=\"adobe:ns:meta/\">\
    <rdf:RDF xmlns:rdf=\"http://www.w3.org/1999/02/22-rdf-syntax-ns#\">\
    <rdf:Description rdf:about=\"\" xmlns:pdfaid=\"http://www.aiim.org/pdfa/ns/id/\" xmlns:xmp=\"http://ns.adobe.com/xap/1.0/\">\
    <pdfaid:part>2</pdfaid:part><pdfaid:conformance>B</pdfaid:conformance>\
    <xmp:CreatorTool>Mintage</xmp:CreatorTool>\
    </rdf:Description></rdf:RDF></x:xmpmeta>\n<?xpacket end=\"r\"?>";
const COLOURS: &str = "sRGB IEC61966-2.1";
/// Year, month, day, and the time, at which these colours became a standard (IEC 61966-2-1).
const STANDARDISED: [u16; 6] = [1999, 10, 18, 0, 0, 0];

/// The catalog and what it refers to, each alone.
pub(crate) fn objects(
    [catalog, metadata, profile]: [Ref; 3],
    pages: Ref,
) -> Result<[(Ref, Chunk); 3], PrintError> {
    let mut said = Chunk::new();
    said.metadata(metadata, METADATA.as_bytes());

    let colours = moxcms::ColorProfile::new_srgb().encode();
    let mut colours = colours.map_err(|error| PrintError::Colours(error.to_string()))?;
    // The library says when it was written (ICC.1, 7.2.8), and the same labels would be another file each time.
    colours[24..36].copy_from_slice(STANDARDISED.map(u16::to_be_bytes).as_flattened());
    let packed = miniz_oxide::deflate::compress_to_vec_zlib(&colours, 6);
    let mut colours = Chunk::new();
    colours.icc_profile(profile, &packed).n(3).filter(Filter::FlateDecode);

    let mut root = Chunk::new();
    let mut object = root.indirect(catalog).start::<Catalog<'_>>();
    object.pages(pages).metadata(metadata);
    let mut intents = object.output_intents();
    let mut intent = intents.push();
    intent.subtype(OutputIntentSubtype::PDFA).output_condition_identifier(TextStr(COLOURS));
    intent.info(TextStr(COLOURS)).dest_output_profile(profile);
    intent.finish();
    intents.finish();
    object.finish();
    Ok([(metadata, said), (profile, colours), (catalog, root)])
}
