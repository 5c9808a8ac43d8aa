#!/bin/sh
# data/fetch: copying, downloading, going on where it broke off, refusing what is wrong.
# Needs curl and python3, which is the server.
set -eu
cd "$(dirname "$0")/.."
for tool in curl python3; do
    command -v $tool >/dev/null || { echo "data_fetch_test: needs $tool"; exit 77; }
done
tmp=$(mktemp -d)
server=
trap '[ -z "$server" ] || kill $server; rm -rf "$tmp"' EXIT
fail() { echo "data_fetch_test: $*"; [ ! -e "$tmp/log" ] || cat "$tmp/log"; exit 1; }
said() { grep -qF -- "$1" "$tmp/log" || fail "expected it to say: $1"; }
fetch() { data/fetch "$@" >"$tmp/log" 2>&1; }

# Two small sets and one in an archive, and the list that describes them.
mirror=$tmp/mirror
mkdir -p "$mirror/one" "$mirror/two" "$mirror/three" "$tmp/pack/inner"
echo 'a first file' >"$mirror/one/a.txt"
awk 'BEGIN { for (i = 0; i < 20000; ++i) print i }' >"$mirror/one/b.txt"
echo 'another' >"$mirror/two/c.txt"
echo 'inside' >"$tmp/pack/inner/d.txt"
tar -czf "$mirror/three/pack.tar.gz" -C "$tmp/pack" inner
line() {
    echo "$1 $2 $(wc -c <"$mirror/$1/$2") $3:$("$3sum" <"$mirror/$1/$2" | cut -d ' ' -f 1) $4"
}

# A server that knows ranges, which Python's own does not, and counts the bytes it sends.
cat >"$tmp/server.py" <<'END'
import http.server, os, re, sys
root, log = sys.argv[1:]
class Handler(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        path = root + self.path.replace("/plain", "")
        if not os.path.isfile(path):
            return self.send_error(404)
        data = open(path, "rb").read()
        start = 0
        found = re.match(r"bytes=(\d+)-", self.headers.get("Range", ""))
        if found and "/plain" not in self.path:
            start = int(found[1])
            self.send_response(206)
            self.send_header("Content-Range", f"bytes {start}-{len(data)-1}/{len(data)}")
        else:
            self.send_response(200)
        self.send_header("Content-Length", str(len(data) - start))
        self.end_headers()
        self.wfile.write(data[start:])
        open(log, "a").write(f"{self.path} {len(data) - start}\n")
    def log_message(self, *args): pass
server = http.server.HTTPServer(("127.0.0.1", 0), Handler)
print(server.server_port, flush=True)
server.serve_forever()
END
: >"$tmp/sent"
python3 "$tmp/server.py" "$mirror" "$tmp/sent" >"$tmp/port" &
server=$!
for _ in 1 2 3 4 5 6 7 8 9 10; do [ -s "$tmp/port" ] || sleep 0.3; done
here=http://127.0.0.1:$(cat "$tmp/port")

export DATA_SOURCES=$tmp/sources.txt DATA_DIR=$tmp/sets
{
    echo '# a comment'
    echo
    line one a.txt sha256 "?$here/one/a.txt"
    line one b.txt md5 "$here/one/b.txt"
    line two c.txt sha1 -
    line three pack.tar.gz sha256 "$here/three/pack.tar.gz"
} >"$DATA_SOURCES"
same() { cmp -s "$mirror/$1" "$DATA_DIR/$1" || fail "$1 is not what the server has"; }

data/fetch --list >"$tmp/log"
said "one a.txt 13 ?$here/one/a.txt"

# From the addresses in the list. One file has none: that is said, and the others come.
fetch && fail 'a file without an address is missing, but the status is 0'
said 'two/c.txt: no address is known, only DATA_MIRROR can bring it'
said '1 of the files are missing.'
same one/a.txt
same one/b.txt
[ "$(cat "$DATA_DIR/inner/d.txt")" = inside ] || fail 'the archive was not unpacked'

# From a folder; what is there already is not touched.
DATA_MIRROR=$mirror fetch || fail 'copying from a folder failed'
said 'one/a.txt: is there'
said "two/c.txt: fetched from $mirror/two/c.txt"
same two/c.txt
: >"$tmp/sent"
fetch one || fail 'nothing was to do, and it failed'
[ ! -s "$tmp/sent" ] || fail 'it fetched what was there'

# Broken off: only the rest is asked for.
rm "$DATA_DIR/one/b.txt"
head -c 100000 "$mirror/one/b.txt" >"$DATA_DIR/one/b.txt.part"
fetch one || fail 'going on failed'
same one/b.txt
rest=$(($(wc -c <"$mirror/one/b.txt") - 100000))
grep -q "^/one/b.txt $rest\$" "$tmp/sent" || fail "sent: $(cat "$tmp/sent")"

# A server that cannot go on in the middle: from the start.
rm "$DATA_DIR/one/b.txt"
head -c 100000 "$mirror/one/b.txt" >"$DATA_DIR/one/b.txt.part"
DATA_MIRROR=$here/plain fetch one || fail 'starting anew failed'
same one/b.txt

# Complete but not renamed, and damaged on this side.
mv "$DATA_DIR/one/b.txt" "$DATA_DIR/one/b.txt.part"
fetch one || fail 'a file that only lacked its name was refused'
same one/b.txt
echo 'b first file' >"$DATA_DIR/one/a.txt"
fetch one || fail 'a damaged file was not replaced'
same one/a.txt

# Wrong on the other side: refused, nothing is left, and what was there stays.
mkdir -p "$tmp/bad/one"
echo 'A first file' >"$tmp/bad/one/a.txt"
echo 'shorter' >"$tmp/bad/one/b.txt"
rm "$DATA_DIR/one/a.txt" "$DATA_DIR/one/b.txt"
DATA_MIRROR=$tmp/bad fetch one && fail 'wrong files were taken'
said "one/a.txt: from $tmp/bad/one/a.txt: expected sha256 "
said "one/b.txt: from $tmp/bad/one/b.txt: expected 108890 bytes, found 8"
[ -z "$(ls "$DATA_DIR/one")" ] || fail "left behind: $(ls "$DATA_DIR/one")"

# What does not exist.
DATA_MIRROR=$here/nowhere fetch one && fail 'nothing was there, and the status is 0'
said "one/a.txt: cannot be fetched from $here/nowhere/one/a.txt"
fetch four && fail 'an unknown set was accepted'
said 'there is no set four; there are one two three'
DATA_MIRROR=$tmp/no fetch && fail 'a mirror that is not there was accepted'
said "there is no folder $tmp/no"
unset DATA_SOURCES

# The real list: every line has five parts, sums of the right length, and no name twice.
grep -Ev '^ *(#|$)' data/sources.txt >"$tmp/list"
sum='(sha256:[0-9a-f]{64}|sha1:[0-9a-f]{40}|md5:[0-9a-f]{32})'
grep -Evx "[^ ]+ [^ ]+ ([0-9]+|-) $sum(,$sum)? (-|[?]?https?://[^ ]+)" "$tmp/list" \
    >"$tmp/log" || true
cut -d ' ' -f 1,2 "$tmp/list" | sort | uniq -d >>"$tmp/log"
[ ! -s "$tmp/log" ] || fail 'data/sources.txt is wrong'
echo "data_fetch_test: $(wc -l <"$tmp/list") files in the list"
