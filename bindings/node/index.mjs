// The same for `import`.
export { Scanner, RedactStream, VERSION, __napiBindingTarget, catalog, respond } from './index.js'
