// Tessera's POSIX log under the load that the ledger's figure puts on ours: audit records of the same size, each written
// as JSON and signed with Ed25519 over its DSSE PAE, sent by writers that wait for a batch to be durable.
//
// Reads lines from standard input, each a number of seconds to write for, and answers each with one line of JSON.
package main

import (
	"bufio"
	"context"
	"crypto/ed25519"
	"crypto/rand"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"log"
	"os"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"time"

	"github.com/transparency-dev/tessera"
	"github.com/transparency-dev/tessera/storage/posix"
	badger "github.com/transparency-dev/tessera/storage/posix/antispam"
	"golang.org/x/mod/sumdb/note"
)

var (
	dir     = flag.String("dir", "", "folder of the log")
	batch   = flag.Uint("batch", 1024, "most entries of a batch")
	age     = flag.Duration("age", 20*time.Millisecond, "longest wait for a batch to fill")
	writers = flag.Int("writers", 8, "writers at once")
	chunk   = flag.Int("chunk", 1000, "records that a writer sends before it waits for all of them")
	size    = flag.Int("bytes", 900, "bytes of an entry")
	dedup   = flag.Bool("dedup", false, "answer what was added before with its index, across restarts")
)

// How many entries the index of what was added may be behind the tree before Add pushes back; the writers wait and try again.
const behindMax = 65536

const recordType = "application/vnd.countersign.audit.v1+json"

func main() {
	flag.Parse()
	ctx := context.Background()
	private, vkey, err := note.GenerateKey(rand.Reader, "bench.example/tessera")
	must(err)
	_ = vkey
	signer, err := note.NewSigner(private)
	must(err)
	driver, err := posix.New(ctx, posix.Config{Path: *dir})
	must(err)
	options := tessera.NewAppendOptions().
		WithCheckpointSigner(signer).
		WithCheckpointInterval(time.Second).
		WithBatching(*batch, *age).
		WithPushback(32768)
	caughtUp := func(context.Context, uint64) {}
	if *dedup {
		seen, err := badger.NewAntispam(ctx, *dir+"-seen", badger.AntispamOpts{PushbackThreshold: behindMax})
		must(err)
		options = options.WithAntispam(2*behindMax, seen)
		caughtUp = waitFor(seen.Follower(nil))
	}
	appender, shutdown, _, err := tessera.NewAppender(ctx, driver, options)
	must(err)
	_, key, err := ed25519.GenerateKey(rand.Reader)
	must(err)
	maker := newMaker(key, *size)
	lines := bufio.NewScanner(os.Stdin)
	for lines.Scan() {
		seconds, err := strconv.ParseFloat(strings.TrimSpace(lines.Text()), 64)
		must(err)
		done, last := load(ctx, appender, maker, time.Duration(seconds*float64(time.Second)))
		// not counted, but whoever is measured next has the machine to himself
		caughtUp(ctx, last+1)
		must(json.NewEncoder(os.Stdout).Encode(done))
	}
	must(shutdown(ctx))
}

type answer struct {
	Records    int64   `json:"records"`
	Seconds    float64 `json:"seconds"`
	CPUSeconds float64 `json:"cpuSeconds"`
	EntryBytes int     `json:"entryBytes"`
}

func waitFor(follower tessera.Follower) func(context.Context, uint64) {
	return func(ctx context.Context, size uint64) {
		for {
			processed, err := follower.EntriesProcessed(ctx)
			must(err)
			if processed >= size {
				return
			}
			time.Sleep(20 * time.Millisecond)
		}
	}
}

// Adds entries until the time is over, and tells the highest index of them.
func load(ctx context.Context, appender *tessera.Appender, make *maker, lasting time.Duration) (answer, uint64) {
	began, cpu := time.Now(), cpuSeconds()
	var records atomic.Int64
	var highest atomic.Uint64
	var all sync.WaitGroup
	for range *writers {
		all.Go(func() {
			for time.Since(began) < lasting {
				entries, futures := [][]byte{}, []tessera.IndexFuture{}
				for range *chunk {
					entries = append(entries, make.entry())
					futures = append(futures, appender.Add(ctx, tessera.NewEntry(entries[len(entries)-1])))
				}
				for i, durable := range futures {
					index := untilTaken(ctx, appender, entries[i], durable)
					for before := highest.Load(); index > before && !highest.CompareAndSwap(before, index); {
						before = highest.Load()
					}
				}
				records.Add(int64(len(futures)))
			}
		})
	}
	all.Wait()
	return answer{records.Load(), time.Since(began).Seconds(), cpuSeconds() - cpu, len(make.entry())}, highest.Load()
}

func untilTaken(ctx context.Context, appender *tessera.Appender, entry []byte, durable tessera.IndexFuture) uint64 {
	for {
		index, err := durable()
		if err == nil {
			return index.Index
		}
		if !errors.Is(err, tessera.ErrPushback) {
			log.Fatal(err)
		}
		time.Sleep(time.Millisecond)
		durable = appender.Add(ctx, tessera.NewEntry(entry))
	}
}

// The members of an audit record, in RFC 8785 order.
type record struct {
	Actor struct {
		ID         string  `json:"id"`
		Kind       string  `json:"kind"`
		OnBehalfOf *string `json:"onBehalfOf"`
		Role       string  `json:"role"`
	} `json:"actor"`
	At            string            `json:"at"`
	Compliance    *string           `json:"compliance"`
	CorrelationID string            `json:"correlationId"`
	Data          data              `json:"data"`
	ID            string            `json:"id"`
	InputHash     *string           `json:"inputHash"`
	Justification *string           `json:"justification"`
	NA            map[string]string `json:"na"`
	Operation     string            `json:"operation"`
	Organization  string            `json:"organizationId"`
	OutputHash    *string           `json:"outputHash"`
	Refs          []string          `json:"refs"`
	Review        *string           `json:"review"`
	Scans         *string           `json:"scans"`
	Targets       []target          `json:"targets"`
	Tool          *string           `json:"tool"`
	Type          string            `json:"type"`
	V             int               `json:"v"`
}

type data struct {
	Number int64  `json:"number"`
	Words  string `json:"words"`
}

type target struct {
	ID   string `json:"id"`
	Type string `json:"type"`
}

type maker struct {
	key    ed25519.PrivateKey
	kid    string
	words  string
	number atomic.Int64
}

func newMaker(key ed25519.PrivateKey, size int) *maker {
	made := &maker{key: key, kid: hex.EncodeToString(key.Public().(ed25519.PublicKey)[:4])}
	made.words = strings.Repeat("w", max(0, size-len(made.entry())))
	return made
}

func (m *maker) entry() []byte {
	one := record{
		At: time.Now().UTC().Format("2006-01-02T15:04:05.000Z"), ID: uuid(), CorrelationID: uuid(),
		Data:         data{m.number.Add(1) + 1_000_000, m.words},
		NA:           map[string]string{"compliance": "not_applicable", "inputHash": "not_applicable", "justification": "not_applicable", "outputHash": "not_applicable", "review": "not_applicable", "scans": "not_applicable", "tool": "not_applicable"},
		Operation:    "note.taken",
		Organization: "org_bench", Refs: []string{}, Targets: []target{{ID: "note-1", Type: "note"}}, Type: "note.taken", V: 1,
	}
	one.Actor.ID, one.Actor.Kind, one.Actor.Role = "svc_bench", "service", "service"
	p, err := json.Marshal(one)
	must(err)
	pae := append(fmt.Appendf(nil, "DSSEv1 %d %s %d ", len(recordType), recordType, len(p)), p...)
	signature := base64.StdEncoding.EncodeToString(ed25519.Sign(m.key, pae))
	entry := append([]byte(`{"p":`), p...)
	return append(entry, `,"s":[{"alg":"Ed25519","kid":"`+m.kid+`","sig":"`+signature+`"}]}`...)
}

func uuid() string {
	var b [16]byte
	_, _ = rand.Read(b[:])
	b[6], b[8] = b[6]&0x0f|0x70, b[8]&0x3f|0x80
	return fmt.Sprintf("%x-%x-%x-%x-%x", b[0:4], b[4:6], b[6:8], b[8:10], b[10:])
}

func cpuSeconds() float64 {
	var usage syscall.Rusage
	must(syscall.Getrusage(syscall.RUSAGE_SELF, &usage))
	return time.Duration(usage.Utime.Nano() + usage.Stime.Nano()).Seconds()
}

func must(err error) {
	if err != nil {
		log.Fatal(err)
	}
}
