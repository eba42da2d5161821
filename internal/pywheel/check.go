// This file owns the judgement over an archive as the wheel of a name.

package pywheel

import "io"

// Check reads the whole archive and says whether it is the wheel that its file name says: METADATA has the same package and
// version, and every file is as RECORD says. An archive without a RECORD passes, though pip does not install it. The error is
// an *Error where the archive is at fault.
func (a *Archive) Check(name Name) error {
	metadata, err := a.Metadata()
	if err != nil {
		return err
	}
	version, err := ParseVersion(metadata.Version)
	switch {
	case metadata.Name == "" || metadata.Version == "":
		return wrong("METADATA", "must have a Name and a Version")
	case Normalize(metadata.Name) != name.Package:
		return wrong("METADATA", "is of the package %s, the file name says %s", quote(metadata.Name), quote(name.Distribution))
	case err != nil:
		return wrong("METADATA", "the version %s is none (PEP 440)", quote(metadata.Version))
	case version.Compare(name.Version) != 0:
		return wrong("METADATA", "is of the version %s, the file name says %s", version, name.Version)
	}
	if !a.Has("RECORD") {
		return a.unpackAll()
	}
	text, err := a.read("RECORD", maxRecord)
	if err != nil {
		return err
	}
	record, err := parseRecord(text)
	if err != nil {
		return err
	}
	return a.verify(record)
}

// unpackAll reads every file against its own checksum.
func (a *Archive) unpackAll() error {
	for _, file := range a.order {
		if err := unpack(io.Discard, file); err != nil {
			return err
		}
	}
	return nil
}
