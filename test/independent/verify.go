// Verifies a Countersign evidence pack with nothing but the Go standard library. It shares no code with Countersign and
// was written from public specifications: PKWARE APPNOTE (ZIP), RFC 6962 / RFC 9162 (Merkle tree hashes), C2SP
// signed-note, tlog-checkpoint, tlog-tiles and tlog-proof, RFC 8785 (canonical JSON), RFC 8032 (Ed25519), DSSE v1,
// in-toto Statement v1, and the description of the pack in docs/guides/verify-without-trusting-us.md.
//
//	go run verify.go PACK [--keys FILE]
//
// Exit code: 0 verified, 1 not verified (each fault on a line, with the file or record it is in), 2 could not read.
package main

import (
	"bytes"
	"crypto/ed25519"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"fmt"
	"hash/crc32"
	"math"
	"os"
	"regexp"
	"sort"
	"strconv"
	"strings"
	"unicode/utf16"
	"unicode/utf8"
)

var faults int

func fault(where, format string, args ...any) {
	faults++
	if faults <= 50 {
		fmt.Printf("FAIL %s: %s\n", strconv.QuoteToASCII(where), fmt.Sprintf(format, args...))
	}
}

func main() {
	args := os.Args[1:]
	var pinned []byte
	if len(args) == 3 && args[1] == "--keys" {
		keys, err := os.ReadFile(args[2])
		if err != nil {
			fmt.Println("cannot read the keys:", err)
			os.Exit(2)
		}
		pinned, args = keys, args[:1]
	}
	if len(args) != 1 {
		fmt.Println("usage: verify PACK [--keys FILE]")
		os.Exit(2)
	}
	data, err := os.ReadFile(args[0])
	if err != nil {
		fmt.Println("cannot read the pack:", err)
		os.Exit(2)
	}
	members, err := unzip(data)
	if err != nil {
		fault("archive", "%v", err)
	} else {
		verify(members, pinned)
	}
	if faults > 0 {
		fmt.Printf("NOT VERIFIED: %d faults\n", faults)
		os.Exit(1)
	}
	fmt.Println("VERIFIED")
}

// ---------------------------------------------------------------------------------------------------------------- ZIP

var nameForm = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9._-]*(/[A-Za-z0-9][A-Za-z0-9._-]*)*$`)

// unzip accepts one form only: stored members in order, one after the other, every optional field zero. Whatever
// differs from the bytes that this form prescribes is refused, so nothing can hide between the fields.
func unzip(data []byte) (map[string][]byte, error) {
	n := len(data)
	if n < 22 || binary.LittleEndian.Uint32(data[n-22:]) != 0x06054b50 {
		return nil, errors.New("the end record is not at the end")
	}
	end := data[n-22:]
	count := int(binary.LittleEndian.Uint16(end[10:]))
	size := int(binary.LittleEndian.Uint32(end[12:]))
	start := int(binary.LittleEndian.Uint32(end[16:]))
	if count == 0xffff || start+size+22 != n {
		return nil, errors.New("the end record does not fit the file")
	}
	want := make([]byte, 22)
	binary.LittleEndian.PutUint32(want, 0x06054b50)
	binary.LittleEndian.PutUint16(want[8:], uint16(count))
	copy(want[10:], end[10:20])
	if !bytes.Equal(want, end) {
		return nil, errors.New("the end record has a comment or more than one disk")
	}
	members := map[string][]byte{}
	folded := map[string]bool{}
	previous, offset, at := "", 0, start
	for i := 0; i < count; i++ {
		if at+46 > n-22 {
			return nil, errors.New("the directory is cut off")
		}
		header := data[at : n-22]
		nameLen := int(binary.LittleEndian.Uint16(header[28:]))
		if 46+nameLen > len(header) {
			return nil, errors.New("the directory is cut off")
		}
		name := string(header[46 : 46+nameLen])
		if len(name) > 200 || !nameForm.MatchString(name) {
			return nil, fmt.Errorf("bad name %q", name)
		}
		crc, length := binary.LittleEndian.Uint32(header[16:]), binary.LittleEndian.Uint32(header[24:])
		common := make([]byte, 26)
		binary.LittleEndian.PutUint16(common, 10)
		binary.LittleEndian.PutUint16(common[8:], 0x21)
		binary.LittleEndian.PutUint32(common[10:], crc)
		binary.LittleEndian.PutUint32(common[14:], length)
		binary.LittleEndian.PutUint32(common[18:], length)
		binary.LittleEndian.PutUint16(common[22:], uint16(nameLen))
		central := append([]byte{'P', 'K', 1, 2, 10, 0}, common...)
		central = append(central, make([]byte, 14)...)
		binary.LittleEndian.PutUint32(central[42:], uint32(offset))
		if !bytes.Equal(central, header[:46]) {
			return nil, fmt.Errorf("the directory entry of %q is not of the one form", name)
		}
		if name <= previous || folded[strings.ToLower(name)] {
			return nil, fmt.Errorf("%q is out of order or there twice", name)
		}
		folded[strings.ToLower(name)] = true
		local := append([]byte{'P', 'K', 3, 4}, common...)
		local = append(local, name...)
		stop := offset + len(local) + int(length)
		if stop > start || !bytes.Equal(local, data[offset:offset+len(local)]) {
			return nil, fmt.Errorf("the local header of %q differs", name)
		}
		members[name] = data[offset+len(local) : stop]
		if crc32.ChecksumIEEE(members[name]) != crc {
			// goes on, to say which record it is
			fault(name, "wrong checksum")
		}
		previous, offset, at = name, stop, at+46+nameLen
	}
	if at != n-22 || offset != start {
		return nil, errors.New("there is something between the members and the directory")
	}
	for name := range members {
		for i, c := range name {
			if c == '/' && folded[strings.ToLower(name[:i])] {
				return nil, fmt.Errorf("%q is a file and a folder", name[:i])
			}
		}
	}
	return members, nil
}

// --------------------------------------------------------------------------------------------------------------- JSON

type object map[string]any

// parseJSON refuses duplicate names, invalid UTF-8, lone surrogates and trailing data, which encoding/json lets pass.
func parseJSON(data []byte) (value any, err error) {
	defer func() {
		if problem := recover(); problem != nil {
			err = fmt.Errorf("bad JSON: %v", problem)
		}
	}()
	if !utf8.Valid(data) {
		return nil, errors.New("bad JSON: not UTF-8")
	}
	p := &parser{text: string(data)}
	value = p.value(0)
	p.space()
	if p.at != len(p.text) {
		return nil, errors.New("bad JSON: trailing data")
	}
	return value, nil
}

type parser struct {
	text string
	at   int
}

func (p *parser) space() {
	for p.at < len(p.text) && strings.IndexByte(" \t\r\n", p.text[p.at]) >= 0 {
		p.at++
	}
}

func (p *parser) take(mark byte) bool {
	p.space()
	if p.at < len(p.text) && p.text[p.at] == mark {
		p.at++
		return true
	}
	return false
}

func (p *parser) need(mark byte) {
	if !p.take(mark) {
		panic(fmt.Sprintf("%q expected at %d", mark, p.at))
	}
}

var number = regexp.MustCompile(`^-?(0|[1-9][0-9]*)(\.[0-9]+)?([eE][+-]?[0-9]+)?`)

func (p *parser) value(depth int) any {
	if depth > 64 {
		panic("too deep")
	}
	switch {
	case p.take('{'):
		members := object{}
		for first := true; !p.take('}'); first = false {
			if !first {
				p.need(',')
			}
			name := p.str()
			if _, twice := members[name]; twice {
				panic("a name twice")
			}
			p.need(':')
			members[name] = p.value(depth + 1)
		}
		return members
	case p.take('['):
		items := []any{}
		for first := true; !p.take(']'); first = false {
			if !first {
				p.need(',')
			}
			items = append(items, p.value(depth+1))
		}
		return items
	}
	p.space()
	rest := p.text[p.at:]
	if strings.HasPrefix(rest, `"`) {
		return p.str()
	}
	for word, value := range map[string]any{"true": true, "false": false, "null": nil} {
		if strings.HasPrefix(rest, word) {
			p.at += len(word)
			return value
		}
	}
	digits := number.FindString(rest)
	f, err := strconv.ParseFloat(digits, 64)
	if err != nil {
		panic("a value expected")
	}
	p.at += len(digits)
	return f
}

func (p *parser) str() string {
	p.need('"')
	var out strings.Builder
	for {
		c := p.text[p.at]
		p.at++
		switch {
		case c == '"':
			return out.String()
		case c < 0x20:
			panic("control character")
		case c != '\\':
			out.WriteByte(c)
		default:
			p.escape(&out)
		}
	}
}

func (p *parser) escape(out *strings.Builder) {
	c := p.text[p.at]
	p.at++
	if at := strings.IndexByte(`"\/bfnrt`, c); at >= 0 {
		out.WriteByte("\"\\/\b\f\n\r\t"[at])
		return
	}
	if c != 'u' {
		panic("bad escape")
	}
	r := p.hex4()
	if utf16.IsSurrogate(r) {
		if p.text[p.at:p.at+2] != `\u` {
			panic("half a surrogate pair")
		}
		p.at += 2
		if r = utf16.DecodeRune(r, p.hex4()); r == utf8.RuneError {
			panic("half a surrogate pair")
		}
	}
	out.WriteRune(r)
}

func (p *parser) hex4() rune {
	value, err := strconv.ParseUint(p.text[p.at:p.at+4], 16, 16)
	if err != nil {
		panic("bad escape")
	}
	p.at += 4
	return rune(value)
}

// canonical is RFC 8785.
func canonical(value any) string {
	switch v := value.(type) {
	case nil:
		return "null"
	case bool:
		return strconv.FormatBool(v)
	case string:
		return quote(v)
	case float64:
		return formatNumber(v)
	case []any:
		parts := make([]string, len(v))
		for i, item := range v {
			parts[i] = canonical(item)
		}
		return "[" + strings.Join(parts, ",") + "]"
	case object:
		names := make([]string, 0, len(v))
		for name := range v {
			names = append(names, name)
		}
		sort.Slice(names, func(i, j int) bool { return lessUTF16(names[i], names[j]) })
		parts := make([]string, len(names))
		for i, name := range names {
			parts[i] = quote(name) + ":" + canonical(v[name])
		}
		return "{" + strings.Join(parts, ",") + "}"
	}
	panic("not JSON")
}

func lessUTF16(a, b string) bool {
	x, y := utf16.Encode([]rune(a)), utf16.Encode([]rune(b))
	for i := 0; i < len(x) && i < len(y); i++ {
		if x[i] != y[i] {
			return x[i] < y[i]
		}
	}
	return len(x) < len(y)
}

func quote(text string) string {
	var out strings.Builder
	out.WriteByte('"')
	for _, r := range text {
		switch at := strings.IndexRune("\"\\\b\f\n\r\t", r); {
		case at >= 0:
			out.WriteString([]string{`\"`, `\\`, `\b`, `\f`, `\n`, `\r`, `\t`}[at])
		case r < 0x20:
			fmt.Fprintf(&out, `\u%04x`, r)
		default:
			out.WriteRune(r)
		}
	}
	return out.String() + `"`
}

// formatNumber is Number::toString of ECMAScript.
func formatNumber(f float64) string {
	if f == 0 {
		return "0"
	}
	if abs := math.Abs(f); abs >= 1e-6 && abs < 1e21 {
		return strconv.FormatFloat(f, 'f', -1, 64)
	}
	text := strconv.FormatFloat(f, 'e', -1, 64)
	mantissa, exponent, _ := strings.Cut(text, "e")
	return mantissa + "e" + exponent[:1] + strings.TrimLeft(exponent[1:], "0")
}

func str(o object, name string) string { s, _ := o[name].(string); return s }
func list(o object, name string) []any { l, _ := o[name].([]any); return l }
func obj(value any) object             { o, _ := value.(object); return o }
func num(o object, name string) int64 {
	f, isNumber := o[name].(float64)
	if !isNumber || f != math.Trunc(f) || f < 0 || f > 1<<53 {
		return -1
	}
	return int64(f)
}

func readObject(where string, data []byte) object {
	value, err := parseJSON(data)
	if err != nil {
		fault(where, "%v", err)
		return nil
	}
	if obj(value) == nil {
		fault(where, "not an object")
	}
	return obj(value)
}

// --------------------------------------------------------------------------------------------------------------- pack

type pack struct {
	members  map[string][]byte
	keys     object
	origin   string
	size     int64
	root     []byte
	manifest object
}

func verify(members map[string][]byte, pinned []byte) {
	for _, name := range []string{"manifest.json", "manifest.dsse.json", "index.html", "keys.json", "checkpoint", "report.json"} {
		if _, there := members[name]; !there {
			fault(name, "missing")
		}
	}
	if faults > 0 && len(members["keys.json"]) == 0 {
		return
	}
	p := &pack{members: members}
	p.manifest = readObject("manifest.json", members["manifest.json"])
	p.checkManifest()
	p.checkKeys(pinned)
	p.checkSignature()
	if !p.checkCheckpoint() {
		return
	}
	switch str(p.manifest, "completeness") {
	case "whole":
		p.checkWhole()
	case "asserted":
		p.checkSelection()
	default:
		fault("manifest.json", "unknown completeness")
	}
	p.checkEvidence()
	p.checkDisclosures()
	p.checkReport()
}

func hexSum(data []byte) string { sum := sha256.Sum256(data); return hex.EncodeToString(sum[:]) }

func (p *pack) checkManifest() {
	if str(p.manifest, "schema") != "countersign.pack/v1" {
		fault("manifest.json", "not a manifest of version 1")
	}
	listed, previous := map[string]bool{"manifest.json": true, "manifest.dsse.json": true, "index.html": true}, ""
	for _, item := range list(p.manifest, "files") {
		file := obj(item)
		path := str(file, "path")
		if path <= previous || listed[path] {
			fault("manifest.json", "%q is out of order or there twice", path)
		}
		previous, listed[path] = path, true
		data, there := p.members[path]
		if !there {
			fault(path, "the manifest lists it and it is not here")
		} else if hexSum(data) != str(file, "sha256") || int64(len(data)) != num(file, "bytes") {
			fault(path, "it is not what the manifest states")
		}
	}
	for name := range p.members {
		if !listed[name] {
			fault(name, "the manifest does not list it")
		}
	}
}

func (p *pack) checkKeys(pinned []byte) {
	p.keys = readObject("keys.json", p.members["keys.json"])
	if pinned != nil {
		trusted := readObject("--keys", pinned)
		if str(trusted, "origin") != str(p.keys, "origin") {
			fault("keys.json", "another log than the pinned keys")
		}
		for _, group := range []string{"log", "records", "packs"} {
			known := map[string]bool{}
			for _, key := range list(trusted, group) {
				known[canonical(key)] = true
			}
			for _, key := range list(p.keys, group) {
				if !known[canonical(key)] {
					fault("keys.json", "a key that is not pinned: %s", canonical(key))
				}
			}
		}
		p.keys = trusted
	}
	p.origin = str(p.keys, "origin")
	if str(p.keys, "schema") != "countersign.keys/v1" || p.origin == "" {
		fault("keys.json", "not a key set of version 1")
	}
}

// publicKeys are those of a group by the first 8 hex digits of SHA-256 of their SubjectPublicKeyInfo.
func (p *pack) publicKeys(group string) map[string]ed25519.PublicKey {
	prefix, _ := hex.DecodeString("302a300506032b6570032100")
	keys := map[string]ed25519.PublicKey{}
	for _, item := range list(p.keys, group) {
		der, err := base64.StdEncoding.Strict().DecodeString(str(obj(item), "publicKey"))
		if err != nil || len(der) != 44 || !bytes.HasPrefix(der, prefix) || hexSum(der)[:8] != str(obj(item), "kid") {
			fault("keys.json", "not an Ed25519 key: %s", canonical(item))
			continue
		}
		keys[hexSum(der)[:8]] = ed25519.PublicKey(der[12:])
	}
	return keys
}

func pae(kind string, body []byte) []byte {
	return fmt.Appendf(nil, "DSSEv1 %d %s %d %s", len(kind), kind, len(body), body)
}

func (p *pack) checkSignature() {
	const where, kind = "manifest.dsse.json", "application/vnd.in-toto+json"
	envelope := readObject(where, p.members[where])
	payload, err := base64.StdEncoding.Strict().DecodeString(str(envelope, "payload"))
	if err != nil || str(envelope, "payloadType") != kind {
		fault(where, "not an envelope of an in-toto statement")
		return
	}
	keys, signed := p.publicKeys("packs"), false
	for _, item := range list(envelope, "signatures") {
		key, known := keys[str(obj(item), "keyid")]
		sig, err := base64.StdEncoding.Strict().DecodeString(str(obj(item), "sig"))
		if !known {
			continue
		}
		if err != nil || len(sig) != 64 || !ed25519.Verify(key, pae(kind, payload), sig) {
			fault(where, "wrong signature")
		}
		signed = true
	}
	if !signed {
		fault(where, "no trusted key signed it")
	}
	statement := readObject(where, payload)
	subjects := map[string]string{}
	for _, item := range list(statement, "subject") {
		subjects[str(obj(item), "name")] = str(obj(obj(item)["digest"]), "sha256")
	}
	for _, name := range []string{"index.html", "manifest.json"} {
		if subjects[name] != hexSum(p.members[name]) {
			fault(name, "it is not what was signed")
		}
	}
	predicate := obj(statement["predicate"])
	same := str(statement, "_type") == "https://in-toto.io/Statement/v1" &&
		str(statement, "predicateType") == "urn:countersign:pack:v1" && len(subjects) == 2 &&
		predicate["origin"] == p.manifest["origin"] && predicate["treeSize"] == p.manifest["treeSize"] &&
		predicate["completeness"] == p.manifest["completeness"]
	if !same {
		fault(where, "a statement about another pack")
	}
}

// openNote answers the text of a note that a trusted key signed.
func (p *pack) openNote(note string) (string, error) {
	split := strings.LastIndex(note, "\n\n")
	if split < 0 || !strings.HasSuffix(note, "\n") || !utf8.ValidString(note) {
		return "", errors.New("not a signed note")
	}
	for _, r := range note {
		if r < 0x20 && r != '\n' {
			return "", errors.New("a control character in a note")
		}
	}
	text, signed := note[:split+1], false
	for _, line := range strings.Split(strings.TrimSuffix(note[split+2:], "\n"), "\n") {
		fields := strings.Split(line, " ")
		if len(fields) != 3 || fields[0] != "—" {
			return "", errors.New("a bad signature line")
		}
		blob, err := base64.StdEncoding.Strict().DecodeString(fields[2])
		if err != nil || len(blob) < 5 {
			return "", errors.New("a bad signature line")
		}
		for _, item := range list(p.keys, "log") {
			vkey, _ := item.(string)
			parts := strings.SplitN(vkey, "+", 3)
			if len(parts) != 3 {
				return "", errors.New("a bad verifier key")
			}
			raw, err := base64.StdEncoding.Strict().DecodeString(parts[2])
			id := sha256.Sum256(append([]byte(parts[0]+"\n"), raw...))
			if err != nil || len(raw) != 33 || raw[0] != 1 || hex.EncodeToString(id[:4]) != parts[1] {
				return "", errors.New("a bad verifier key")
			}
			if parts[0] != fields[1] || !bytes.Equal(id[:4], blob[:4]) {
				continue
			}
			if len(blob) != 68 || !ed25519.Verify(raw[1:], []byte(text), blob[4:]) {
				return "", errors.New("a trusted key's signature is wrong")
			}
			signed = true
		}
	}
	if !signed {
		return "", errors.New("no trusted key signed the note")
	}
	return text, nil
}

func (p *pack) openCheckpoint(note string) (int64, []byte, error) {
	text, err := p.openNote(note)
	if err != nil {
		return 0, nil, err
	}
	lines := strings.Split(text, "\n")
	if len(lines) < 4 || lines[0] != p.origin || !regexp.MustCompile(`^(0|[1-9][0-9]{0,14})$`).MatchString(lines[1]) {
		return 0, nil, errors.New("not a checkpoint of this log")
	}
	size, _ := strconv.ParseInt(lines[1], 10, 64)
	root, err := base64.StdEncoding.Strict().DecodeString(lines[2])
	if err != nil || len(root) != 32 {
		return 0, nil, errors.New("not a root hash")
	}
	return size, root, nil
}

func (p *pack) checkCheckpoint() bool {
	size, root, err := p.openCheckpoint(string(p.members["checkpoint"]))
	if err != nil {
		fault("checkpoint", "%v", err)
		return false
	}
	p.size, p.root = size, root
	if str(p.manifest, "origin") != p.origin || num(p.manifest, "treeSize") != size {
		fault("checkpoint", "the manifest states another log or size")
	}
	return true
}

// ---------------------------------------------------------------------------------------------------------------- log

func leafHash(entry []byte) []byte {
	sum := sha256.Sum256(append([]byte{0}, entry...))
	return sum[:]
}

func nodeHash(left, right []byte) []byte {
	sum := sha256.Sum256(append(append([]byte{1}, left...), right...))
	return sum[:]
}

// treeHash is MTH of RFC 6962, section 2.1.
func treeHash(hashes [][]byte) []byte {
	switch len(hashes) {
	case 0:
		sum := sha256.Sum256(nil)
		return sum[:]
	case 1:
		return hashes[0]
	}
	k := 1
	for k*2 < len(hashes) {
		k *= 2
	}
	return nodeHash(treeHash(hashes[:k]), treeHash(hashes[k:]))
}

func tilePath(level string, n, width int64) string {
	path := fmt.Sprintf("%03d", n%1000)
	for n >= 1000 {
		n /= 1000
		path = fmt.Sprintf("x%03d/%s", n%1000, path)
	}
	path = "log/tile/" + level + "/" + path
	if width < 256 {
		path += fmt.Sprintf(".p/%d", width)
	}
	return path
}

func (p *pack) checkWhole() {
	expected := map[string]bool{"log/checkpoint": true}
	if !bytes.Equal(p.members["log/checkpoint"], p.members["checkpoint"]) {
		fault("log/checkpoint", "it is not the checkpoint of the pack")
	}
	keys, ids := p.publicKeys("records"), map[string]bool{}
	var hashes [][]byte
	for first := int64(0); first < p.size; first += 256 {
		width := min(256, p.size-first)
		path := tilePath("entries", first/256, width)
		expected[path] = true
		rest := p.members[path]
		for i := int64(0); i < width; i++ {
			if len(rest) < 2 || len(rest)-2 < int(binary.BigEndian.Uint16(rest)) {
				fault(path, "missing or cut off at record %d", first+i)
				return
			}
			length := int(binary.BigEndian.Uint16(rest))
			entry := rest[2 : 2+length]
			p.checkEntry(path, first+i, entry, keys, ids)
			hashes, rest = append(hashes, leafHash(entry)), rest[2+length:]
		}
		if len(rest) > 0 {
			fault(path, "data after the last record")
		}
	}
	if !bytes.Equal(treeHash(hashes), p.root) {
		fault("log/checkpoint", "the records do not give the signed root")
	}
	p.checkTiles(hashes, expected)
	for name := range p.members {
		if strings.HasPrefix(name, "log/") && !expected[name] {
			fault(name, "a log of %d records has no such file", p.size)
		}
		if strings.HasPrefix(name, "entries/") || strings.HasPrefix(name, "proofs/") {
			fault(name, "a whole log has no such file")
		}
	}
}

func (p *pack) checkTiles(hashes [][]byte, expected map[string]bool) {
	for level := 0; len(hashes) > 0; level++ {
		var above [][]byte
		for first := 0; first < len(hashes); first += 256 {
			tile := hashes[first:min(first+256, len(hashes))]
			path := tilePath(strconv.Itoa(level), int64(first/256), int64(len(tile)))
			expected[path] = true
			stored := p.members[path]
			for i, hash := range tile {
				if len(stored) < (i+1)*32 || !bytes.Equal(stored[i*32:(i+1)*32], hash) {
					fault(path, "hash %d is not what the records give (from record %d)", i, (first+i)<<(8*level))
					break
				}
			}
			if len(stored) > len(tile)*32 {
				fault(path, "data after the last hash")
			}
			if len(tile) == 256 {
				above = append(above, treeHash(tile))
			}
		}
		hashes = above
	}
}

func (p *pack) checkEntry(where string, index int64, data []byte, keys map[string]ed25519.PublicKey, ids map[string]bool) {
	value, err := parseJSON(data)
	entry := obj(value)
	record := obj(entry["p"])
	if err != nil || record == nil || len(entry) != 2 || canonical(value) != string(data) {
		fault(where, "record %d is not a canonical entry", index)
		return
	}
	id := str(record, "id")
	if id == "" || ids[id] {
		fault(where, "record %d has no id, or that of an earlier one", index)
	}
	ids[id] = true
	body := []byte(canonical(record))
	signatures := list(entry, "s")
	for _, item := range signatures {
		key, known := keys[str(obj(item), "kid")]
		sig, err := base64.StdEncoding.Strict().DecodeString(str(obj(item), "sig"))
		if !known || err != nil || len(sig) != 64 || str(obj(item), "alg") != "Ed25519" ||
			!ed25519.Verify(key, pae("application/vnd.countersign.audit.v1+json", body), sig) {
			fault(where, "record %d has a wrong signature, or one of a key that is not trusted", index)
		}
	}
	if len(signatures) == 0 {
		fault(where, "record %d is not signed", index)
	}
}

var entryName = regexp.MustCompile(`^entries/(0|[1-9][0-9]{0,14})\.json$`)

func (p *pack) checkSelection() {
	keys, ids := p.publicKeys("records"), map[string]bool{}
	for name, data := range p.members {
		if strings.HasPrefix(name, "log/") {
			fault(name, "a selection has no such file")
		}
		if proved, isProof := strings.CutPrefix(name, "proofs/"); isProof {
			if _, there := p.members["entries/"+strings.TrimSuffix(proved, ".tlog-proof")+".json"]; !there {
				fault(name, "the record that it proves is not here")
			}
		}
		match := entryName.FindStringSubmatch(name)
		if match == nil {
			continue
		}
		index, _ := strconv.ParseInt(match[1], 10, 64)
		p.checkEntry(name, index, data, keys, ids)
		proof := "proofs/" + match[1] + ".tlog-proof"
		if err := p.checkProof(string(p.members[proof]), index, data); err != nil {
			fault(proof, "record %d: %v", index, err)
		}
	}
}

func (p *pack) checkProof(text string, index int64, entry []byte) error {
	head, note, found := strings.Cut(text, "\n\n")
	lines := strings.Split(head, "\n")
	if !found || len(lines) < 2 || lines[0] != "c2sp.org/tlog-proof@v1" || lines[1] != fmt.Sprintf("index %d", index) {
		return errors.New("not a proof of it")
	}
	size, root, err := p.openCheckpoint(note)
	if err != nil {
		return err
	}
	if size != p.size || !bytes.Equal(root, p.root) || index >= size {
		return errors.New("a proof at another state of the log")
	}
	// RFC 9162, section 2.1.3.2
	hash, fn, sn := leafHash(entry), index, size-1
	for _, line := range lines[2:] {
		sibling, err := base64.StdEncoding.Strict().DecodeString(line)
		if err != nil || len(sibling) != 32 || sn == 0 {
			return errors.New("a bad proof")
		}
		if fn&1 == 1 || fn == sn {
			hash = nodeHash(sibling, hash)
			for fn&1 == 0 && fn != 0 {
				fn, sn = fn>>1, sn>>1
			}
		} else {
			hash = nodeHash(hash, sibling)
		}
		fn, sn = fn>>1, sn>>1
	}
	if sn != 0 || !bytes.Equal(hash, root) {
		return errors.New("the proof does not lead to the signed root")
	}
	return nil
}

// ----------------------------------------------------------------------------------------------------------- contents

func (p *pack) checkEvidence() {
	for name, data := range p.members {
		if digest, isEvidence := strings.CutPrefix(name, "evidence/"); isEvidence && hexSum(data) != digest {
			fault(name, "its digest is not its name")
		}
	}
}

func (p *pack) entry(index int64) []byte {
	if str(p.manifest, "completeness") == "asserted" {
		return p.members[fmt.Sprintf("entries/%d.json", index)]
	}
	first := index / 256 * 256
	rest := p.members[tilePath("entries", index/256, min(256, p.size-first))]
	for at := first; len(rest) >= 2; at++ {
		length := int(binary.BigEndian.Uint16(rest))
		if len(rest) < 2+length {
			return nil
		}
		if at == index {
			return rest[2 : 2+length]
		}
		rest = rest[2+length:]
	}
	return nil
}

func (p *pack) checkDisclosures() {
	for name, data := range p.members {
		if !strings.HasPrefix(name, "disclosures/") {
			continue
		}
		disclosure := readObject(name, data)
		index := num(disclosure, "index")
		if index < 0 || index >= p.size || name != fmt.Sprintf("disclosures/%d.json", index) {
			fault(name, "it is of another record")
			continue
		}
		value, _ := parseJSON(p.entry(index))
		record := obj(obj(value)["p"])
		if str(record, "id") == "" || str(record, "id") != str(disclosure, "id") {
			fault(name, "record %d is not here, or is another", index)
			continue
		}
		for _, item := range list(disclosure, "opened") {
			opened := obj(item)
			salt, err := base64.StdEncoding.Strict().DecodeString(str(opened, "salt"))
			mac := hmac.New(sha256.New, salt)
			mac.Write([]byte("countersign/" + str(opened, "field") + "/v1\x00" + str(opened, "value")))
			var at any = record
			for _, part := range strings.Split(str(opened, "pointer"), "/")[1:] {
				at = obj(at)[strings.ReplaceAll(strings.ReplaceAll(part, "~1", "/"), "~0", "~")]
			}
			if err != nil || len(salt) != 32 || at != "hmac-sha256:"+hex.EncodeToString(mac.Sum(nil)) {
				fault(name, "record %d does not commit to the value at %s", index, str(opened, "pointer"))
			}
		}
	}
}

func (p *pack) checkReport() {
	report := readObject("report.json", p.members["report.json"])
	ledger := obj(report["ledger"])
	if str(ledger, "origin") != p.origin || num(ledger, "size") != p.size ||
		str(ledger, "root") != base64.StdEncoding.EncodeToString(p.root) {
		fault("report.json", "it is about another state of the log")
	}
}
