#pragma once

/// The kernel functions, each compiled for its own instruction set. Called through kernels() only.
namespace gemel::infer {

struct StepArgs;
struct ProjectArgs;
struct CodeArgs;
struct PoolArgs;

void base_step(const StepArgs&);  // 4 units at a time: SSE2, NEON
void base_project(const ProjectArgs&);
void base_pool(const PoolArgs&);
#if defined(GEMEL_X86_KERNELS)
void avx2_step(const StepArgs&);  // 8 units
void avx2_project(const ProjectArgs&);
void avx2_pool(const PoolArgs&);
void avx512_step(const StepArgs&);  // 16 units, as all below
void avx512_project(const ProjectArgs&);
void avx512_pool(const PoolArgs&);
void avx512_project_bf16(const ProjectArgs&);
void bf16_step(const StepArgs&);
void vnni_step(const StepArgs&);
void vnni_project(const CodeArgs&);
void vnni_pool(const PoolArgs&);
void amx_step(const StepArgs&);
void amx_bf16_step(const StepArgs&);
void amx_project(const CodeArgs&);
void amx_pool(const PoolArgs&);
#endif

}  // namespace gemel::infer
