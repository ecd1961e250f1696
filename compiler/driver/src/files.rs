//! The file system: which file a program is, where its root is, and the texts of its modules.
//!
//! Takes paths; gives texts or the reason why not. Nothing outside the root is read for an
//! import, nothing that is no regular file, nothing larger than `MAX_SIZE`.

use cowl_frontend::loader::{LoadError, LoadedFile, Loader};
use std::io::Read;
use std::path::{Component, Path, PathBuf};

/// No source file is larger.
pub const MAX_SIZE: u64 = 64 << 20;

/// The program that a command was given.
#[derive(Debug)]
pub struct Root {
    pub file: LoadedFile,
    /// Where imports are looked for.
    pub dir: PathBuf,
}

/// Why the program's own file cannot be read.
#[derive(Debug)]
pub struct Unreadable {
    pub name: String,
    pub error: LoadError,
    /// For a file that is not UTF-8: its bytes.
    pub bytes: Vec<u8>,
}

/// Finds and reads the program's file: a file, a package's folder, or `-`.
pub fn open(path: &Path) -> Result<Root, Unreadable> {
    if path.as_os_str() == "-" {
        let name = "<stdin>".to_string();
        let text = read_all(std::io::stdin().lock(), &name);
        return Ok(Root {
            file: loaded(name, text)?,
            dir: PathBuf::from("."),
        });
    }
    let is_package = path.is_dir() && path.join("cowl.toml").is_file();
    let path = match is_package {
        true => path.join("src").join("main.cowl"),
        false => path.to_path_buf(),
    };
    let dir = root_of(&path);
    let name = shown_name(&path, &dir);
    let text = read(&path, &path.display().to_string());
    Ok(Root {
        file: loaded(name, text)?,
        dir,
    })
}

fn loaded(name: String, text: Result<Vec<u8>, LoadError>) -> Result<LoadedFile, Unreadable> {
    let bytes = match text {
        Ok(bytes) => bytes,
        Err(error) => {
            return Err(Unreadable {
                name,
                error,
                bytes: Vec::new(),
            });
        }
    };
    match String::from_utf8(bytes) {
        Ok(text) => Ok(LoadedFile {
            name,
            text: text.into(),
        }),
        Err(e) => Err(Unreadable {
            error: LoadError::InvalidUtf8 {
                tried: name.clone(),
                at: e.utf8_error().valid_up_to(),
            },
            name,
            bytes: e.into_bytes(),
        }),
    }
}

/// The folder that imports are relative to: `src` of the package around the file, else the
/// file's own folder.
fn root_of(path: &Path) -> PathBuf {
    let own = match path.parent() {
        Some(dir) if dir.as_os_str().is_empty() => PathBuf::from("."),
        Some(dir) => dir.to_path_buf(),
        None => PathBuf::from("."),
    };
    let Ok(absolute) = own.canonicalize() else {
        return own;
    };
    for dir in absolute.ancestors() {
        let src = dir.join("src");
        if dir.join("cowl.toml").is_file() && absolute.starts_with(&src) {
            return src;
        }
    }
    own
}

/// The file's name relative to the root, with `/`.
fn shown_name(path: &Path, root: &Path) -> String {
    let inside = |path: &Path, root: &Path| path.strip_prefix(root).ok().map(Path::to_path_buf);
    let relative = inside(path, root)
        .or_else(|| inside(&path.canonicalize().ok()?, &root.canonicalize().ok()?))
        .or_else(|| path.file_name().map(PathBuf::from))
        .unwrap_or_else(|| path.to_path_buf());
    let parts: Vec<String> = relative
        .components()
        .map(|c| c.as_os_str().to_string_lossy().into_owned())
        .collect();
    parts.join("/")
}

/// Reads a regular file of bearable size.
fn read(path: &Path, tried: &str) -> Result<Vec<u8>, LoadError> {
    let unreadable = |e: std::io::Error| match e.kind() {
        std::io::ErrorKind::NotFound => LoadError::Missing {
            tried: tried.to_string(),
        },
        _ => LoadError::Unreadable {
            tried: tried.to_string(),
            why: reason(&e),
        },
    };
    // Asked before it is opened: opening a pipe would wait for its writer.
    let meta = std::fs::metadata(path).map_err(unreadable)?;
    if !meta.is_file() {
        return Err(LoadError::NotAFile {
            tried: tried.to_string(),
        });
    }
    let file = std::fs::File::open(path).map_err(unreadable)?;
    read_all(file, tried)
}

fn read_all(from: impl Read, tried: &str) -> Result<Vec<u8>, LoadError> {
    let mut bytes = Vec::new();
    let read = from.take(MAX_SIZE + 1).read_to_end(&mut bytes);
    let tried = tried.to_string();
    match read {
        Err(e) => Err(LoadError::Unreadable {
            tried,
            why: reason(&e),
        }),
        Ok(_) if bytes.len() as u64 > MAX_SIZE => Err(LoadError::TooLarge {
            tried,
            limit: MAX_SIZE,
        }),
        Ok(_) => Ok(bytes),
    }
}

/// The system's sentence without its number.
pub fn reason(e: &std::io::Error) -> String {
    let text = e.to_string();
    let text = text.split(" (os error ").next().unwrap_or_default();
    let mut chars = text.chars();
    match chars.next() {
        Some(first) => first.to_lowercase().chain(chars).collect(),
        None => text.to_string(),
    }
}

/// Reads modules below a root.
pub struct FileLoader {
    root: PathBuf,
}

impl FileLoader {
    pub fn new(root: PathBuf) -> FileLoader {
        FileLoader { root }
    }
}

impl Loader for FileLoader {
    fn load(&mut self, path: &[&str]) -> Result<LoadedFile, LoadError> {
        let tried = path.join("/") + ".cowl";
        let relative = PathBuf::from(&tried);
        let plain = |c: Component<'_>| matches!(c, Component::Normal(_));
        if !relative.components().all(plain) {
            return Err(LoadError::OutsideRoot { tried });
        }
        let file = self.root.join(&relative);
        if file.symlink_metadata().is_err() {
            return Err(match self.by_other_case(&relative) {
                Some(actual) => LoadError::Case { tried, actual },
                None => LoadError::Missing { tried },
            });
        }
        self.stays_inside(&file, &relative, &tried)?;
        let bytes = read(&file, &tried)?;
        match String::from_utf8(bytes) {
            Ok(text) => Ok(LoadedFile {
                name: tried,
                text: text.into(),
            }),
            Err(e) => Err(LoadError::InvalidUtf8 {
                tried,
                at: e.utf8_error().valid_up_to(),
            }),
        }
    }
}

impl FileLoader {
    /// Links may lead about inside the root, not out of it; and the file's name is written as the
    /// file system has it.
    fn stays_inside(&self, file: &Path, relative: &Path, tried: &str) -> Result<(), LoadError> {
        let unreadable = |e: std::io::Error| LoadError::Unreadable {
            tried: tried.to_string(),
            why: reason(&e),
        };
        let root = self.root.canonicalize().map_err(unreadable)?;
        let real = match file.canonicalize() {
            Ok(real) => real,
            Err(e) if e.kind() == std::io::ErrorKind::NotFound => {
                return Err(LoadError::Missing {
                    tried: tried.to_string(),
                });
            }
            Err(e) => return Err(unreadable(e)),
        };
        let Ok(inside) = real.strip_prefix(&root) else {
            return Err(LoadError::OutsideRoot {
                tried: tried.to_string(),
            });
        };
        let same_but_case = |a: &Path, b: &Path| {
            a != b && a.to_string_lossy().to_lowercase() == b.to_string_lossy().to_lowercase()
        };
        if same_but_case(inside, relative) {
            return Err(LoadError::Case {
                tried: tried.to_string(),
                actual: inside.display().to_string(),
            });
        }
        Ok(())
    }

    /// The file that would be found if case did not matter.
    fn by_other_case(&self, relative: &Path) -> Option<String> {
        let mut dir = self.root.clone();
        let mut names = Vec::new();
        for part in relative.components() {
            let wanted = part.as_os_str().to_string_lossy().to_lowercase();
            let mut entries: Vec<String> = std::fs::read_dir(&dir)
                .ok()?
                .filter_map(|e| e.ok()?.file_name().into_string().ok())
                .filter(|name| name.to_lowercase() == wanted)
                .collect();
            entries.sort();
            let name = entries.into_iter().next()?;
            dir.push(&name);
            names.push(name);
        }
        Some(names.join("/"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::unix::fs::symlink;
    use std::process::Command;

    fn world() -> tempfile::TempDir {
        let dir = tempfile::tempdir().expect("a temporary folder");
        let root = dir.path().join("root");
        for folder in ["root/geometry", "root/folder.cowl", "outside"] {
            std::fs::create_dir_all(dir.path().join(folder)).expect("it is ours");
        }
        let write = |name: &str, text: &[u8]| {
            std::fs::write(dir.path().join(name), text).expect("it is ours");
        };
        write("root/main.cowl", b"fn main() {}\n");
        write("root/geometry/shapes.cowl", b"// shapes\n");
        write("root/latin.cowl", b"// caf\xe9\n");
        write("outside/secret.cowl", b"// secret\n");
        symlink(dir.path().join("outside"), root.join("away")).expect("it is ours");
        symlink("geometry/shapes.cowl", root.join("near.cowl")).expect("it is ours");
        symlink("nowhere.cowl", root.join("dangling.cowl")).expect("it is ours");
        symlink("/dev/zero", root.join("zero.cowl")).expect("it is ours");
        let big = std::fs::File::create(root.join("big.cowl")).expect("it is ours");
        big.set_len(MAX_SIZE + 1).expect("a file with a hole");
        let made = Command::new("mkfifo").arg(root.join("pipe.cowl")).status();
        assert!(made.expect("mkfifo runs").success());
        dir
    }

    fn load(dir: &tempfile::TempDir, path: &[&str]) -> Result<LoadedFile, LoadError> {
        FileLoader::new(dir.path().join("root")).load(path)
    }

    #[test]
    fn modules_are_found_below_the_root() {
        let dir = world();
        let shapes = load(&dir, &["geometry", "shapes"]).expect("it is there");
        assert_eq!(shapes.name, "geometry/shapes.cowl");
        assert_eq!(&*shapes.text, "// shapes\n");
        // A link that stays inside is no escape.
        assert!(load(&dir, &["near"]).is_ok());
    }

    #[test]
    fn nothing_else_is_read() {
        let dir = world();
        let tried = |name: &str| name.to_string();
        let expect = |path: &[&str], error: LoadError| {
            assert_eq!(load(&dir, path).expect_err("refused"), error, "{path:?}");
        };
        let missing = |name| LoadError::Missing { tried: tried(name) };
        let outside = |name| LoadError::OutsideRoot { tried: tried(name) };
        expect(&["absent"], missing("absent.cowl"));
        expect(&["dangling"], missing("dangling.cowl"));
        expect(&["away", "secret"], outside("away/secret.cowl"));
        expect(
            &["..", "outside", "secret"],
            outside("../outside/secret.cowl"),
        );
        expect(&["/etc/passwd"], outside("/etc/passwd.cowl"));
        expect(&["zero"], outside("zero.cowl"));
        for name in ["folder", "pipe"] {
            let tried = format!("{name}.cowl");
            expect(&[name], LoadError::NotAFile { tried });
        }
        expect(
            &["big"],
            LoadError::TooLarge {
                tried: tried("big.cowl"),
                limit: MAX_SIZE,
            },
        );
        expect(
            &["latin"],
            LoadError::InvalidUtf8 {
                tried: tried("latin.cowl"),
                at: 6,
            },
        );
        expect(
            &["Geometry", "shapes"],
            LoadError::Case {
                tried: tried("Geometry/shapes.cowl"),
                actual: tried("geometry/shapes.cowl"),
            },
        );
    }

    #[test]
    fn the_root_is_the_folder_or_the_source_of_the_package() {
        let dir = tempfile::tempdir().expect("a temporary folder");
        let at = |name: &str| dir.path().join(name);
        std::fs::create_dir_all(at("app/src/deep")).expect("it is ours");
        for name in [
            "app/cowl.toml",
            "app/src/main.cowl",
            "app/src/deep/a.cowl",
            "b.cowl",
        ] {
            std::fs::write(at(name), "").expect("it is ours");
        }
        let name = |path: PathBuf| open(&path).expect("it can be read").file.name;
        assert_eq!(name(at("b.cowl")), "b.cowl");
        assert_eq!(name(at("app")), "main.cowl");
        assert_eq!(name(at("app/src/main.cowl")), "main.cowl");
        assert_eq!(name(at("app/src/deep/a.cowl")), "deep/a.cowl");
    }
}
