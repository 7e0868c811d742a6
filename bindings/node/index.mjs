// The same for `import`.
export { Scanner, RedactStream, VERSION, __napiBindingTarget, catalog } from './index.js'
