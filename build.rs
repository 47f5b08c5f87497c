//! Puts the front-end files into the program: our own, and the parts of the design system that the pages use; and the versions of the forms.
//!
//! All files get one folder name made from their content, so that a browser may keep them for ever. Text is packed here once
//! instead of at every request. `src/http/web/assets.rs` includes the table this writes.

use std::{
    env,
    error::Error,
    fmt::Write as _,
    fs,
    io::Write as _,
    path::{Path, PathBuf},
    process::ExitCode,
};

use flate2::{Compression, write::GzEncoder};
use sha2::{Digest, Sha256};

/// The version whose markup the templates follow.
const DESIGN_SYSTEM: &str = "11.2.0";

/// The weights of IBM Plex Sans that the style sheets use. The regular weight comes as WOFF too, because the design system's own
/// style sheet names that one first.
const FONTS: [&str; 6] = [
    "woff/IBMPlexSans-Regular.woff",
    "woff2/IBMPlexSans-Regular.woff2",
    "woff2/IBMPlexSans-Italic.woff2",
    "woff2/IBMPlexSans-Medium.woff2",
    "woff2/IBMPlexSans-SemiBold.woff2",
    "woff2/IBMPlexSans-Bold.woff2",
];

/// One file as it will be served.
struct File {
    /// Below the folder, e.g. `css/fleksport.css`.
    path: String,
    content: Vec<u8>,
}

fn main() -> ExitCode {
    match build() {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            println!("cargo::error={error}");
            ExitCode::FAILURE
        }
    }
}

fn build() -> Result<(), Box<dyn Error>> {
    let root = PathBuf::from(env::var("CARGO_MANIFEST_DIR")?);
    let out = PathBuf::from(env::var("OUT_DIR")?);
    println!("cargo::rerun-if-changed=assets");
    println!("cargo::rerun-if-changed=build.rs");
    let (assets, dist) = (root.join("assets"), design_system(&root)?);
    let mut files = own_files(&assets)?;
    files.extend(design_system_files(&dist)?);
    files.push(notices(&assets, &dist)?);
    files.sort_by(|a, b| a.path.cmp(&b.path));
    fs::write(out.join("assets.rs"), table(&files, &out)?)?;
    fs::write(out.join("forms.rs"), forms(&root.join("forms"))?)?;
    Ok(())
}

/// The versions of the forms, found by folder: `forms/ID/VERSION/form.toml` and its texts. `src/form/library.rs` includes the list.
fn forms(root: &Path) -> Result<String, Box<dyn Error>> {
    println!("cargo::rerun-if-changed={}", root.display());
    let mut folders = Vec::new();
    for form in fs::read_dir(root)?.collect::<Result<Vec<_>, _>>()? {
        if form.path().is_dir() {
            for version in fs::read_dir(form.path())? {
                let version = version?.path();
                println!("cargo::rerun-if-changed={}", version.display());
                folders.push(version);
            }
        }
    }
    folders.sort();
    let mut list = String::from("&[\n");
    for folder in folders {
        let name = folder.strip_prefix(root)?.display().to_string().replace('\\', "/");
        let text = |file: &str| format!("include_str!({:?})", folder.join(file));
        let (form, da, en) = (text("form.toml"), text("texts.da.toml"), text("texts.en.toml"));
        writeln!(
            list,
            "    Sources {{ folder: {name:?}, form: {form}, da: {da}, en: {en} }},"
        )?;
    }
    list.push_str("]\n");
    Ok(list)
}

/// Finds the installed design system the way Node does: in `assets/node_modules`, else in a folder above, which lets several
/// working copies share one.
fn design_system(root: &Path) -> Result<PathBuf, Box<dyn Error>> {
    let places = root.join("assets");
    let found = places
        .ancestors()
        .map(|folder| folder.join("node_modules/dkfds"))
        .find(|place| place.is_dir());
    let Some(package) = found else {
        return Err("the design system is not installed: run `scripts/setup run`, or `npm ci` in assets/".into());
    };
    println!("cargo::rerun-if-changed={}", package.join("package.json").display());
    let described = fs::read_to_string(package.join("package.json"))?;
    if described.contains(&format!("\"version\": \"{DESIGN_SYSTEM}\"")) {
        Ok(package.join("dist"))
    } else {
        Err(format!("the installed design system is not {DESIGN_SYSTEM}: run `npm ci` in assets/").into())
    }
}

/// Our own style sheets, scripts and pictures.
fn own_files(assets: &Path) -> Result<Vec<File>, Box<dyn Error>> {
    let mut files = Vec::new();
    for folder in ["css", "js", "img"] {
        files.extend(folder_files(assets, folder)?);
    }
    Ok(files)
}

/// The parts of the design system that the pages load, in its own folder layout: its style sheet refers to them by relative path.
fn design_system_files(dist: &Path) -> Result<Vec<File>, Box<dyn Error>> {
    let mut files = vec![
        read(dist, "css/dkfds-virkdk.min.css")?,
        read(dist, "js/dkfds.min.js")?,
        read(dist, "img/all-svg-icons.svg")?,
    ];
    files.extend(folder_files(dist, "img/svg-icons")?);
    for font in FONTS {
        files.push(read(dist, &format!("fonts/IBMPlexSans/complete/{font}"))?);
    }
    Ok(files)
}

/// The licences of what others made, in one file: they must travel with it.
fn notices(assets: &Path, dist: &Path) -> Result<File, Box<dyn Error>> {
    let mut content = read(assets, "LICENSES.txt")?.content;
    for (folder, path) in [
        (dist, "LICENSE.md"),
        (dist, "fonts/IBMPlexSans/split/woff2/license.txt"),
        (assets, "licence-apache-2.0.txt"),
    ] {
        writeln!(content, "\n\n{}\n", "=".repeat(100))?;
        content.extend(read(folder, path)?.content);
    }
    Ok(File {
        path: "LICENSES.txt".to_owned(),
        content,
    })
}

fn folder_files(base: &Path, folder: &str) -> Result<Vec<File>, Box<dyn Error>> {
    let mut files = Vec::new();
    for entry in fs::read_dir(base.join(folder))? {
        let name = entry?.file_name();
        files.push(read(base, &format!("{folder}/{}", name.to_string_lossy()))?);
    }
    Ok(files)
}

fn read(base: &Path, path: &str) -> Result<File, Box<dyn Error>> {
    let content = fs::read(base.join(path)).map_err(|error| format!("{path} cannot be read: {error}"))?;
    Ok(File {
        path: path.to_owned(),
        content,
    })
}

/// Writes each file (and its packed twin, where packing pays) and returns the Rust source that includes them.
fn table(files: &[File], out: &Path) -> Result<String, Box<dyn Error>> {
    let mut source = String::new();
    writeln!(
        source,
        "/// Made from the content of every file.\npub const FOLDER: &str = {:?};\n",
        folder_name(files)
    )?;
    writeln!(source, "static FILES: [Asset; {}] = [", files.len())?;
    for (number, file) in files.iter().enumerate() {
        let plain = format!("asset-{number}");
        fs::write(out.join(&plain), &file.content)?;
        let packed = pack(file)?;
        let gzip = match &packed {
            Some(bytes) => {
                fs::write(out.join(format!("{plain}.gz")), bytes)?;
                format!("Some(include_bytes!(concat!(env!(\"OUT_DIR\"), \"/{plain}.gz\")))")
            }
            None => "None".to_owned(),
        };
        writeln!(
            source,
            "    Asset {{ path: {:?}, plain: include_bytes!(concat!(env!(\"OUT_DIR\"), \"/{plain}\")), gzip: {gzip} }},",
            file.path
        )?;
    }
    source.push_str("];\n");
    Ok(source)
}

/// Names the folder after what is in it.
fn folder_name(files: &[File]) -> String {
    let mut hash = Sha256::new();
    for file in files {
        hash.update(file.path.as_bytes());
        hash.update([0]);
        hash.update(Sha256::digest(&file.content));
    }
    hash.finalize()
        .iter()
        .take(8)
        .map(|byte| format!("{byte:02x}"))
        .collect()
}

/// The file packed, unless it is packed already or too small to gain by it.
fn pack(file: &File) -> Result<Option<Vec<u8>>, Box<dyn Error>> {
    if file.path.ends_with(".woff") || file.path.ends_with(".woff2") {
        return Ok(None);
    }
    let mut encoder = GzEncoder::new(Vec::new(), Compression::best());
    encoder.write_all(&file.content)?;
    let packed = encoder.finish()?;
    Ok((packed.len() * 10 < file.content.len() * 9).then_some(packed))
}
