using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics.X86;
using Pellucid.Tensors;
using Pellucid.Tensors.Cpu;

namespace Pellucid.Cli.Bench;

/// <summary>What this machine could do at best, measured: multiply-adds that stay in registers, and bytes read from memory.</summary>
internal static unsafe class MachineFloor
{
    private const int Repetitions = 2_000_000;
    private const int Attempts = 30; // on a machine that others use too, few of them go undisturbed
    private const long StreamBytes = 256 << 20;

    /// <summary>Floating-point operations a second of all threads of a backend together.</summary>
    public static double FlopsPerSecond(CpuBackend backend) => backend.Instructions switch
    {
        CpuInstructions.Avx512 => Peak<Lanes512>(backend.Threads),
        CpuInstructions.Avx2 => Peak<Lanes256>(backend.Threads),
        _ => Peak<Lanes128>(backend.Threads),
    };

    /// <summary>Multiplications and additions of bytes a second, likewise, in the way that products with blocks use.</summary>
    public static double ByteOperationsPerSecond(CpuBackend backend) => backend.Instructions switch
    {
        CpuInstructions.Vector128 => Ssse3.IsSupported
            ? BytePeak<ByteLanes256<Ssse3Dot>, Lanes256>(backend.Threads)
            : BytePeak<ByteLanes256<PortableDot>, Lanes256>(backend.Threads),
        CpuInstructions.Avx512 => BytePeak<ByteLanes512, Lanes512>(backend.Threads),
        _ => AvxVnni.IsSupported
            ? BytePeak<ByteLanes256<VnniDot>, Lanes256>(backend.Threads)
            : BytePeak<ByteLanes256<Avx2Dot>, Lanes256>(backend.Threads),
    };

    /// <summary>Bytes a second that all threads together read.</summary>
    public static double BytesPerSecond(int threads)
    {
        using var team = new ThreadTeam(threads);
        var memory = (float*)AlignedMemory.Allocate(StreamBytes);
        try
        {
            new Span<float>(memory, (int)(StreamBytes / sizeof(float))).Fill(1);
            return StreamBytes / Best(() => team.Run(new ReadJob(memory)));
        }
        finally
        {
            AlignedMemory.Free((nint)memory);
        }
    }

    private static double Peak<T>(int threads) where T : unmanaged, ISimd<T>
    {
        using var team = new ThreadTeam(threads);
        return 2.0 * 12 * T.Width * Repetitions * threads / Best(() => team.Run(default(MultiplyJob<T>)));
    }

    private static double BytePeak<TLanes, T>(int threads)
        where TLanes : unmanaged, IByteLanes<TLanes, T>
        where T : unmanaged, ISimd<T>
    {
        using var team = new ThreadTeam(threads);
        return 2.0 * 8 * sizeof(TLanes) * Repetitions * threads / Best(() => team.Run(default(MultiplyBytesJob<TLanes, T>)));
    }

    private static double Best(Action action) => Enumerable.Range(0, Attempts).Min(_ => BenchCommand.Seconds(action));

    private readonly struct MultiplyJob<T> : ITeamJob where T : unmanaged, ISimd<T>
    {
        public void Execute(int member, int members) => Loop();

        [MethodImpl(MethodImplOptions.AggressiveOptimization | MethodImplOptions.NoInlining)]
        private static float Loop()
        {
            var (x, y) = (T.All(0.999f), T.All(0.001f));
            T a = y, b = y, c = y, d = y, e = y, f = y, g = y, h = y, i = y, j = y, k = y, l = y;
            for (var n = 0; n < Repetitions; n++)
            {
                a = T.MultiplyAdd(a, x, y);
                b = T.MultiplyAdd(b, x, y);
                c = T.MultiplyAdd(c, x, y);
                d = T.MultiplyAdd(d, x, y);
                e = T.MultiplyAdd(e, x, y);
                f = T.MultiplyAdd(f, x, y);
                g = T.MultiplyAdd(g, x, y);
                h = T.MultiplyAdd(h, x, y);
                i = T.MultiplyAdd(i, x, y);
                j = T.MultiplyAdd(j, x, y);
                k = T.MultiplyAdd(k, x, y);
                l = T.MultiplyAdd(l, x, y);
            }
            return T.Sum(a + b + c + d + e + f + g + h + i + j + k + l);
        }
    }

    private readonly struct MultiplyBytesJob<TLanes, T> : ITeamJob
        where TLanes : unmanaged, IByteLanes<TLanes, T>
        where T : unmanaged, ISimd<T>
    {
        public void Execute(int member, int members) => Loop();

        [MethodImpl(MethodImplOptions.AggressiveOptimization | MethodImplOptions.NoInlining)]
        private static float Loop()
        {
            // Eight products of their own: of two that are alike the compiler would compute one.
            var factors = stackalloc TLanes[8];
            var four = 0x01010101;
            TLanes a = default, b = default, c = default, d = default, e = default, f = default, g = default, h = default;
            for (var n = 0; n < Repetitions; n++)
            {
                var y = TLanes.All(four);
                a = TLanes.Add(a, y, factors[0]);
                b = TLanes.Add(b, y, factors[1]);
                c = TLanes.Add(c, y, factors[2]);
                d = TLanes.Add(d, y, factors[3]);
                e = TLanes.Add(e, y, factors[4]);
                f = TLanes.Add(f, y, factors[5]);
                g = TLanes.Add(g, y, factors[6]);
                h = TLanes.Add(h, y, factors[7]);
                four ^= 0x03030303; // so that none is computed once for all repetitions
            }
            return T.Sum(Singles(a) + Singles(b) + Singles(c) + Singles(d) + Singles(e) + Singles(f) + Singles(g) + Singles(h));
        }

        private static T Singles(TLanes sum) => TLanes.Singles(TLanes.Whole(sum));
    }

    private readonly struct ReadJob(float* memory) : ITeamJob
    {
        public void Execute(int member, int members)
        {
            var part = Part.Of(StreamBytes / sizeof(float), member, members, grain: 64);
            Loop(memory + part.Start, part.Length);
        }

        [MethodImpl(MethodImplOptions.AggressiveOptimization | MethodImplOptions.NoInlining)]
        private static float Loop(float* memory, long count)
        {
            Lanes256 a = Lanes256.All(0), b = a, c = a, d = a;
            for (var i = 0L; i + 32 <= count; i += 32)
            {
                a += Lanes256.Load(memory + i);
                b += Lanes256.Load(memory + i + 8);
                c += Lanes256.Load(memory + i + 16);
                d += Lanes256.Load(memory + i + 24);
            }
            return Lanes256.Sum(a + b + c + d);
        }
    }
}
