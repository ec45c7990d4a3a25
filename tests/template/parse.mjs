// Parses Ruby files with Ruby's own parser: node parse.mjs <folder of @ruby/prism> FILE...
// Prints `file:line: what is wrong` for every mistake, and ends with 1 when there was one.
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";

const [parser, ...files] = process.argv.slice(2);
const { loadPrism } = await import(pathToFileURL(join(parser, "src/index.js")));
const parse = await loadPrism();

for (const file of files) {
  const source = readFileSync(file);
  for (const error of parse(source.toString()).errors) {
    const line = source.subarray(0, error.location.startOffset).toString().split("\n").length;
    console.log(`${file}:${line}: ${error.message}`);
    process.exitCode = 1;
  }
}
