// `npm run setup`: installs the dependencies if they changed. Runs before the commands that need them.
import { install } from "./install.mjs";

process.exitCode = await install((text) => process.stderr.write(`${text}\n`));
