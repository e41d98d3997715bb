// Unpacks Chromium and the libraries it needs into the folder for temporary files, and says where.
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

import chromium, { inflate } from "@sparticuz/chromium";

const packed = join(dirname(fileURLToPath(import.meta.resolve("@sparticuz/chromium"))), "..", "bin");
await inflate(join(packed, "al2023.tar.br"));
console.log(await chromium.executablePath());
