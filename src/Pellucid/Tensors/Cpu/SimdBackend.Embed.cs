using System.Runtime.CompilerServices;

namespace Pellucid.Tensors.Cpu;

internal sealed unsafe partial class SimdBackend<T>
{
    internal override void Embed(Tensor tokens, Tensor positions, Tensor tokenTable, Tensor positionTable, Tensor destination)
    {
        var wpe = positionTable.IsEmpty ? null : positionTable.Floats;
        if (tokenTable.Type == ElementType.Float32)
            Run(new EmbedJob(tokens.Integers, positions.Integers, tokenTable.Floats, wpe, destination.Floats, destination.Rows,
                destination.Columns), destination.Count);
        else
            EmbedStored(tokenTable, tokens.Integers, positions.Integers, wpe, destination);
    }

    private void EmbedStored(Tensor table, int* tokens, int* positions, float* positionTable, Tensor destination)
    {
        for (var i = 0; i < table.PartCount; i++)
            Run(new EmbedStoredJob(tokens, positions, WeightPanels.Of(table.Part(i, transposed: true, out var first), true, T.Width), first,
                positionTable, destination.Floats, destination.Rows), destination.Count);
    }

    internal override void EmbedBackward(Tensor gradient, Tensor tokens, Tensor positions, Tensor tokenTableGradient,
        Tensor positionTableGradient) =>
        Run(new EmbedBackwardJob(gradient.Floats, tokens.Integers, positions.Integers,
            tokenTableGradient.IsEmpty ? null : tokenTableGradient.Floats,
            positionTableGradient.IsEmpty ? null : positionTableGradient.Floats, gradient.Rows, gradient.Columns), gradient.Count);

    internal override void SelectRows(Tensor x, Tensor rows, Tensor destination)
    {
        if (x.Type == ElementType.Float32)
            Run(new SelectRowsJob(x.Floats, rows.Integers, destination.Floats, destination.Rows, x.Columns), destination.Count);
        else
            EmbedStored(x, rows.Integers, null, null, destination);
    }

    internal override void SelectRowsBackward(Tensor gradient, Tensor rows, Tensor xGradient) =>
        Run(new SelectRowsBackwardJob(gradient.Floats, rows.Integers, xGradient.Floats, gradient.Rows, gradient.Columns), gradient.Count);

    private readonly struct EmbedJob(int* tokens, int* positions, float* tokenTable, float* positionTable,
        float* destination, int R, int C) : ITeamJob
    {
        public void Execute(int member, int members)
        {
            var part = Part.Of(R, member, members);
            for (var r = part.Start; r < part.End; r++)
                if (positionTable == null)
                    new ReadOnlySpan<float>(tokenTable + (long)tokens[r] * C, C).CopyTo(new Span<float>(destination + r * C, C));
                else
                    RowSum(tokenTable + (long)tokens[r] * C, positionTable + (long)positions[r] * C, destination + r * C, C);
        }
    }

    // Members share the columns, so that rows of one token are added in order by one member.
    private readonly struct EmbedBackwardJob(float* gradient, int* tokens, int* positions, float* tokenTable,
        float* positionTable, int R, int C) : ITeamJob
    {
        public void Execute(int member, int members)
        {
            var part = Part.Of(C, member, members, grain: 16);
            for (var r = 0L; r < R; r++)
            {
                var from = gradient + r * C + part.Start;
                AddRow(from, tokenTable, tokens[r], C, part);
                AddRow(from, positionTable, positions[r], C, part);
            }
        }
    }

    private readonly struct SelectRowsJob(float* x, int* rows, float* destination, int R, int C) : ITeamJob
    {
        public void Execute(int member, int members)
        {
            var part = Part.Of(R, member, members);
            for (var r = part.Start; r < part.End; r++)
                new ReadOnlySpan<float>(x + (long)rows[r] * C, C).CopyTo(new Span<float>(destination + r * C, C));
        }
    }

    // As in EmbedBackwardJob.
    private readonly struct SelectRowsBackwardJob(float* gradient, int* rows, float* xGradient, int R, int C) : ITeamJob
    {
        public void Execute(int member, int members)
        {
            var part = Part.Of(C, member, members, grain: 16);
            for (var r = 0L; r < R; r++)
            {
                var row = xGradient + (long)rows[r] * C + part.Start;
                RowSum(gradient + r * C + part.Start, row, row, (int)part.Length);
            }
        }
    }

    private static void AddRow(float* from, float* table, int row, int C, Part part)
    {
        if (table == null)
            return;
        var to = table + (long)row * C + part.Start;
        RowSum(from, to, to, (int)part.Length);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void RowSum(float* a, float* b, float* destination, int count)
    {
        var c = 0;
        for (; c + T.Width <= count; c += T.Width)
            T.Store(T.Load(a + c) + T.Load(b + c), destination + c);
        for (; c < count; c++)
            destination[c] = a[c] + b[c];
    }
}
