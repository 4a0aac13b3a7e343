import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';

// The page template has inline scripts of its own; SvelteKit hashes only those that it writes.
const template = readFileSync(new URL('./.evidence/template/src/app.html', import.meta.url), 'utf-8');
const templateScripts = [...template.matchAll(/<script>([\s\S]*?)<\/script>/g)].map(([, script]) => {
	const built = script.replace('/*loading*/', '');
	return `sha256-${createHash('sha256').update(built).digest('base64')}`;
});

export default {
	kit: {
		csp: {
			mode: 'hash',
			directives: {
				'default-src': ['none'],
				'script-src': ['self', 'wasm-unsafe-eval', ...templateScripts],
				'style-src': ['self', 'unsafe-inline'],
				'font-src': ['self'],
				'img-src': ['self', 'data:'],
				'connect-src': ['self', 'data:', 'blob:'],
				'worker-src': ['self', 'blob:'],
				'manifest-src': ['self'],
				'object-src': ['none'],
				'base-uri': ['none'],
				'form-action': ['none']
			}
		}
	}
};
