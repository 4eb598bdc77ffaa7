// Images: their fragments (images/*.config), and the choice of one on the command line.

import { spawnSync } from "node:child_process";
import test from "ava";
import { applyFragment, readImages } from "../../scripts/image-config.js";

test("a fragment sets and unsets what the one before it said", (t) => {
  const config = new Map<string, bigint>();
  applyFragment(config, "a.config", "# words\n\nCONFIG_A=y\nCONFIG_B=0x10\nCONFIG_C=-3\n");
  applyFragment(config, "b.config", "# CONFIG_A is not set\nCONFIG_B=2\n");
  t.deepEqual(
    [...config],
    [
      ["CONFIG_B", 2n],
      ["CONFIG_C", -3n],
    ],
  );
});

test("a line that is no setting is told by file and number", (t) => {
  const error = t.throws(() => applyFragment(new Map(), "a.config", "CONFIG_A=y\nCONFIG_B=maybe\n"));
  t.is(error?.message, "a.config:2: neither CONFIG_NAME=VALUE nor a comment: CONFIG_B=maybe");
});

test("mainline proves before it unloads, and comes first; unsafe-unload does not", (t) => {
  const images = readImages("images");
  t.is(images[0].name, "mainline");
  t.is(images[0].config.get("CONFIG_MODULE_UNLOAD_PROOF"), 1n);
  t.false(images.find(({ name }) => name === "unsafe-unload")?.config.has("CONFIG_MODULE_UNLOAD_PROOF"));
});

test("an image that is not there is told with those that are", (t) => {
  const { stderr, status } = spawnSync(process.execPath, ["dist/src/cli/main.js", "run", "--image", "nosuch", "-c", "true"], {
    encoding: "utf8",
  });
  t.is(stderr, "kelp: there is no image 'nosuch'; there are: mainline, debug, unsafe-unload\n");
  t.not(status, 0);
});
