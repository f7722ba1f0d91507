using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace Pellucid.Tensors.Cpu;

/// <summary>An instruction set that kernels are compiled for.</summary>
public enum CpuInstructions
{
    /// <summary>128-bit registers: every 64-bit machine.</summary>
    Vector128,

    /// <summary>256-bit registers with fused multiply-add.</summary>
    Avx2,

    /// <summary>512-bit registers.</summary>
    Avx512,
}

/// <summary>
/// The processor: kernels for the widest registers it has, shared by a team of threads. A result's bits do not depend on
/// the number of threads, nor on what else is computed with it.
/// </summary>
public abstract class CpuBackend : Backend
{
    /// <summary>Environment variable that forces an instruction set: <c>avx512</c>, <c>avx2</c> or <c>vector128</c>.</summary>
    public const string InstructionsVariable = "PELLUCID_SIMD";

    private protected CpuBackend(int threads) => Team = new ThreadTeam(threads);

    /// <summary>Number of threads that compute.</summary>
    public override int Threads => Team.Members;

    /// <summary>What the kernels are compiled for.</summary>
    public abstract CpuInstructions Instructions { get; }

    /// <inheritdoc/>
    public override string Name =>
        $"cpu ({Instructions.ToString().ToLowerInvariant()}, {(Threads == 1 ? "1 thread" : $"{Threads} threads")})";

    private protected ThreadTeam Team { get; }

    /// <summary>Sets that this machine can run, widest first.</summary>
    public static IReadOnlyList<CpuInstructions> Supported { get; } =
        [.. Enum.GetValues<CpuInstructions>().Where(IsSupported).OrderDescending()];

    /// <summary>A backend with that many threads, all cores when 0, for the instruction set that the environment names,
    /// or else the widest.</summary>
    /// <exception cref="ArgumentException">The environment names a set that does not exist or that this machine lacks.</exception>
    public static CpuBackend Create(int threads = 0) => Create(threads, ChooseInstructions());

    /// <inheritdoc cref="Create(int)"/>
    public static CpuBackend Create(int threads, CpuInstructions instructions)
    {
        RequireSupport(instructions);
        ArgumentOutOfRangeException.ThrowIfNegative(threads);
        var members = threads == 0 ? Environment.ProcessorCount : threads;
        return instructions switch
        {
            CpuInstructions.Avx512 => new SimdBackend<Lanes512>(members, instructions),
            CpuInstructions.Avx2 => new SimdBackend<Lanes256>(members, instructions),
            _ => new SimdBackend<Lanes128>(members, instructions),
        };
    }

    /// <summary>The set that the environment names, or else the widest.</summary>
    internal static CpuInstructions ChooseInstructions()
    {
        var wanted = Environment.GetEnvironmentVariable(InstructionsVariable);
        if (string.IsNullOrEmpty(wanted))
            return Supported[0];
        if (!Enum.TryParse<CpuInstructions>(wanted, ignoreCase: true, out var instructions) || !Enum.IsDefined(instructions))
            throw new ArgumentException($"{InstructionsVariable} is '{wanted}'; it can be avx512, avx2 or vector128");
        RequireSupport(instructions);
        return instructions;
    }

    internal override nint Allocate(long bytes) => AlignedMemory.Allocate(bytes);

    internal override void Release(nint address, long bytes) => AlignedMemory.Free(address);

    /// <inheritdoc/>
    public override void Dispose()
    {
        Team.Dispose();
        base.Dispose();
    }

    private static void RequireSupport(CpuInstructions instructions)
    {
        if (!IsSupported(instructions))
            throw new ArgumentException($"this machine cannot run {instructions.ToString().ToLowerInvariant()}");
    }

    private static bool IsSupported(CpuInstructions instructions) => instructions switch
    {
        CpuInstructions.Avx512 => Vector512.IsHardwareAccelerated && Avx512DQ.IsSupported,
        CpuInstructions.Avx2 => Avx2.IsSupported && Fma.IsSupported,
        _ => true,
    };
}
