// Builds the page and the shared worker into ../dist, which is embedded. Names are fixed: the gateway serves each file with
// its digest as ETag, so that a new build shows up as changed files and not as other ones.
import { defineConfig } from "vite";

const banner = "/*! pyoco dashboard. Contains Preact, Copyright (c) 2015-present Jason Miller, MIT License. */";

export default defineConfig({
  oxc: { jsx: { runtime: "automatic", importSource: "preact" } },
  build: {
    outDir: "../dist",
    emptyOutDir: true,
    target: ["chrome123", "firefox126", "safari17.5"],
    modulePreload: false,
    cssCodeSplit: false,
    rollupOptions: {
      input: { app: "src/main.tsx", stream: "src/stream.ts" },
      output: {
        banner,
        entryFileNames: "[name].js",
        chunkFileNames: "[name].js",
        assetFileNames: (asset) => (asset.names[0]?.endsWith(".css") ? "app.css" : "[name][extname]"),
      },
    },
  },
});
