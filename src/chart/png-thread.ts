import { fileURLToPath } from 'node:url';
import { parentPort } from 'node:worker_threads';
import { Resvg } from '@resvg/resvg-js';

const FONTS = ['Inter_400Regular.ttf', 'Inter_600SemiBold.ttf'].map((name) => fileURLToPath(new URL(`../../assets/fonts/${name}`, import.meta.url)));

parentPort?.on('message', ({ id, svg }: { id: number; svg: string }) => {
  try {
    // System fonts are left out: the same picture on every machine, and no scan of the disk.
    const png = new Resvg(svg, { font: { fontFiles: FONTS, loadSystemFonts: false, defaultFontFamily: 'Inter' } }).render().asPng();
    parentPort?.postMessage({ id, png });
  } catch (error) {
    parentPort?.postMessage({ id, error: String(error) });
  }
});
