// Packs the pages into what src/web/assets.cpp embeds:
//   assets.bin   every asset, gzip'ed, one behind the other
//   assets.inc   one row of the table of assets for each
//   assets.d     what was read, so that the build runs this again when it changes
// How to run: node build.mjs MODULES OUT    (MODULES: a folder with the node_modules of package-lock.json)
import { createHash } from 'node:crypto';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { gzipSync } from 'node:zlib';

const [modules, out] = process.argv.slice(2).map((path) => resolve(path));
const web = dirname(fileURLToPath(import.meta.url));
const swagger = join(modules, 'node_modules', 'swagger-ui-dist');
const { parse } = createRequire(join(modules, 'package.json'))('yaml');

const read = new Set();
function text(...path) {
  read.add(join(...path));
  return readFileSync(join(...path), 'utf8');
}

// The maps of minified files are not embedded: without this comment no browser asks for them.
const withoutSourceMap = (code) => code.replace(/\n?(\/\/|\/\*)# sourceMappingURL=[^\n]*\s*$/, '\n');

// Apache-2.0 (section 4) and the licences inside the bundle want their texts to come along.
const licenses = () =>
  ['NOTICE', 'LICENSE', 'swagger-ui-bundle.js.LICENSE.txt']
    .map((name) => `==== swagger-ui-dist: ${name}\n\n${text(swagger, name)}`)
    .join('\n\n');

const html = 'text/html; charset=utf-8';
const css = 'text/css; charset=utf-8';
const js = 'text/javascript; charset=utf-8';

const assets = [
  ['/', html, text(web, 'landing', 'index.html')],
  ['/landing.css', css, text(web, 'landing', 'landing.css')],
  ['/landing.js', js, text(web, 'landing', 'landing.js')],
  ['/favicon.svg', 'image/svg+xml', text(web, 'favicon.svg')],
  ['/openapi.json', 'application/json', JSON.stringify(parse(text(web, '..', 'api', 'openapi.yaml')))],
  ['/ui/', html, text(web, 'ui', 'index.html')],
  ['/ui/ui.css', css, text(web, 'ui', 'ui.css')],
  ['/ui/ui.js', js, text(web, 'ui', 'ui.js')],
  ['/ui/swagger-ui.css', css, withoutSourceMap(text(swagger, 'swagger-ui.css'))],
  ['/ui/swagger-ui-bundle.js', js, withoutSourceMap(text(swagger, 'swagger-ui-bundle.js'))],
  ['/ui/licenses.txt', 'text/plain; charset=utf-8', licenses()],
];

const blobs = [];
const rows = [];
let offset = 0;
for (const [path, type, content] of assets) {
  const plain = Buffer.from(content);
  const packed = gzipSync(plain, { level: 9 });
  const hash = createHash('sha256').update(plain).digest('hex').slice(0, 16);
  rows.push(`{"${path}", "${type}", ${offset}, ${packed.length}, ${plain.length}, R"(W/"${hash}")"},`);
  blobs.push(packed);
  offset += packed.length;
}

mkdirSync(out, { recursive: true });
const escaped = [...read, fileURLToPath(import.meta.url)].map((path) => path.replaceAll(' ', '\\ '));
writeFileSync(join(out, 'assets.bin'), Buffer.concat(blobs));
writeFileSync(join(out, 'assets.inc'), rows.join('\n') + '\n');
writeFileSync(join(out, 'assets.d'), `${join(out, 'assets.inc').replaceAll(' ', '\\ ')}: ${escaped.join(' ')}\n`);
console.log(`embedded ${assets.length} assets, ${offset} bytes`);
