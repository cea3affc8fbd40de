/* The files of this folder that functions run, put into the program by the assembler. Paths are
 * those seen from the root of the project, where make runs the compiler. */
#include "effects/runtime/files.h"

/* Two symbols, where the file begins and where it ends. */
#define FILE_INCLUDED(symbol, path)                                                                \
    __asm__(".pushsection .rodata\n"                                                               \
            ".global " #symbol "_begin\n"                                                          \
            ".hidden " #symbol "_begin\n" #symbol "_begin:\n"                                      \
            ".incbin \"src/effects/runtime/" path "\"\n"                                           \
            ".global " #symbol "_end\n"                                                            \
            ".hidden " #symbol "_end\n" #symbol "_end:\n"                                          \
            ".popsection\n");                                                                      \
    extern const char symbol##_begin[], symbol##_end[]

FILE_INCLUDED(runtime_node_cjs, "node.cjs");
FILE_INCLUDED(runtime_redirect_cjs, "redirect.cjs");
FILE_INCLUDED(runtime_resolve_mjs, "resolve.mjs");
FILE_INCLUDED(runtime_python_py, "python.py");

static const struct {
    const char *name, *begin, *end;
} files[RUNTIME_FILES] = {
    { "node.cjs", runtime_node_cjs_begin, runtime_node_cjs_end },
    { "redirect.cjs", runtime_redirect_cjs_begin, runtime_redirect_cjs_end },
    { "resolve.mjs", runtime_resolve_mjs_begin, runtime_resolve_mjs_end },
    { "python.py", runtime_python_py_begin, runtime_python_py_end },
};

struct runtime_file runtime_file(size_t index)
{
    ASSERT(index < RUNTIME_FILES);
    return (struct runtime_file){
        .name = files[index].name,
        .text = { files[index].begin, (size_t)(files[index].end - files[index].begin) },
    };
}
