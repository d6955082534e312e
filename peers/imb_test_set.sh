# Puts the post's own test set for the Intelligent Mail barcode into a folder: 10,000 rows that come with zint's sources. It is
# © USPS, so that it's fetched from Debian rather than kept here. Usage: sh imb_test_set.sh FOLDER
set -eu
mkdir -p "$1/lists/partial"
cd "$1"
. /etc/os-release
echo "deb-src http://deb.debian.org/debian $VERSION_CODENAME main" > sources.list
# Lists of its own: the machine's may have no sources in them.
apt() {
    apt-get -q -o Dir::Etc::sourcelist="$PWD/sources.list" -o Dir::Etc::sourceparts=- -o Dir::State::lists="$PWD/lists" \
        -o Dir::Cache::pkgcache= -o Dir::Cache::srcpkgcache= "$@"
}
apt update
apt source --download-only zint
tar -xf zint_*.orig.tar.* --wildcards --strip-components=6 '*/uspsIMbEncoderTestCases.csv'
rm -r lists sources.list zint_*
