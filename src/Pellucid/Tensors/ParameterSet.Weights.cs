using Pellucid.Tensors.Blocks;

namespace Pellucid.Tensors;

public sealed partial class ParameterSet
{
    /// <summary>
    /// Whether rows are rounded to eight bits, in blocks of 32, before they meet weights that are stored in blocks, to sixteen before the
    /// table of tokens, and multiplied in integers: faster, and not quite the product with what the weights stand for, which it is where
    /// this is false.
    /// </summary>
    public bool RoundsActivations { get; set; } = true;

    /// <summary>How a parameter is stored: the name of its type, or those of its outputs in order, "q4_K × 128, q6_K × 64".</summary>
    public string StorageOf(int index) => _parameters[index] switch
    {
        { Layout: { } layout } => string.Join(", ", layout.Parts.Select(part => $"{part.Type.Name()} × {part.Outputs}")),
        var parameter => parameter.Type.Name(),
    };

    /// <summary>Sets one parameter from values in the order of its shape, whatever it is stored as.</summary>
    public void Write(int index, ReadOnlySpan<float> values)
    {
        var (parameter, form) = (this[index], _parameters[index].Shape.Form);
        if (parameter.Type == Type)
            _backend.Write(values, parameter);
        else if (parameter.Layout is null)
            _backend.WriteWeight(values, form, parameter);
        else
            for (var i = 0; i < parameter.PartCount; i++)
            {
                var part = parameter.Part(i, form == WeightForm.OutIn, out var first);
                var own = new float[part.Count];
                for (var row = 0; row < part.Rows; row++)
                    values.Slice(RowStart(parameter, form, row, first), part.Columns).CopyTo(own.AsSpan(row * part.Columns));
                _backend.WriteWeight(own, form, part);
            }
    }

    /// <summary>Values of one parameter, in the order of its shape.</summary>
    public void Read(int index, Span<float> values)
    {
        var (parameter, form) = (this[index], _parameters[index].Shape.Form);
        if (parameter.Type == Type)
            _backend.Read(parameter, values);
        else if (parameter.Layout is null)
            _backend.ReadWeight(parameter, form, values);
        else
            for (var i = 0; i < parameter.PartCount; i++)
            {
                var part = parameter.Part(i, form == WeightForm.OutIn, out var first);
                var own = new float[part.Count];
                _backend.ReadWeight(part, form, own);
                for (var row = 0; row < part.Rows; row++)
                    own.AsSpan(row * part.Columns, part.Columns).CopyTo(values[RowStart(parameter, form, row, first)..]);
            }
    }

    /// <summary>Sets outputs of a weight from blocks as a file has them, which are kept bit for bit.</summary>
    /// <param name="index">The parameter.</param>
    /// <param name="firstOutput">The first output that is given; what others were is kept.</param>
    /// <param name="format">The format of the blocks: that of the type in which these outputs are stored.</param>
    /// <param name="rows">Whole rows: of each output the blocks along the inner dimension.</param>
    /// <exception cref="ArgumentException">Outputs are stored in another type, or these are not whole rows of it.</exception>
    /// <exception cref="InvalidDataException">The scale of a block is not a number.</exception>
    internal void WriteBlocks(int index, int firstOutput, BlockFormat format, ReadOnlySpan<byte> rows)
    {
        var (shape, weight, rowBytes) = (_parameters[index].Shape, this[index], RequireRows(index, firstOutput, format, rows.Length));
        RequireFiniteScales(shape, firstOutput, format, rows, rowBytes);
        if (weight.Type == Type)
            WritePlainRows(index, firstOutput, format, rows, rowBytes);
        for (var i = 0; i < weight.PartCount && weight.Type != Type; i++)
        {
            var part = weight.Part(i, shape.Form == WeightForm.OutIn, out var start);
            var (first, end) = Overlap(shape, part, start, firstOutput, rows.Length / rowBytes);
            if (first < end)
                _backend.WriteBlocks(rows[((first - firstOutput) * rowBytes)..((end - firstOutput) * rowBytes)], shape.Form,
                    first - start, part);
        }
    }

    /// <summary>Brings back what <see cref="WriteBlocks"/> stored, to the bit; or what <see cref="Write"/> made of values.</summary>
    /// <exception cref="ArgumentException">Outputs are stored in another type, or these are not whole rows of it.</exception>
    internal void ReadBlocks(int index, int firstOutput, BlockFormat format, Span<byte> rows)
    {
        var (shape, weight, rowBytes) = (_parameters[index].Shape, this[index], RequireRows(index, firstOutput, format, rows.Length));
        if (weight.Type == Type)
            ReadPlainRows(index, firstOutput, format, rows, rowBytes);
        for (var i = 0; i < weight.PartCount && weight.Type != Type; i++)
        {
            var part = weight.Part(i, shape.Form == WeightForm.OutIn, out var start);
            var (first, end) = Overlap(shape, part, start, firstOutput, rows.Length / rowBytes);
            if (first < end)
                _backend.ReadBlocks(part, shape.Form, first - start,
                    rows[((first - firstOutput) * rowBytes)..((end - firstOutput) * rowBytes)]);
        }
    }

    // Bytes of a row of these outputs, all of which are there and of that format.
    private int RequireRows(int index, int firstOutput, BlockFormat format, int bytes)
    {
        var shape = _parameters[index].Shape;
        if (shape.Form == WeightForm.None)
            throw new ArgumentException($"{shape.Name} is no weight, and has no blocks");
        var rowBytes = shape.Inner / format.Length * format.Bytes;
        if (shape.Inner % format.Length != 0 || bytes % rowBytes != 0 || firstOutput < 0
            || firstOutput + (long)bytes / rowBytes > shape.Outputs)
            throw new ArgumentException($"{bytes} bytes from output {firstOutput} on are not whole rows of {format.Name} in {shape.Name} "
                + $"of shape {shape.Shape}");
        var weight = this[index];
        for (var i = 0; i < weight.PartCount; i++)
        {
            var part = weight.Part(i, shape.Form == WeightForm.OutIn, out var start);
            var (first, end) = Overlap(shape, part, start, firstOutput, bytes / rowBytes);
            if (first < end && part.Type.Format() != format)
                throw new ArgumentException($"{shape.Name} stores output {first} as {part.Type.Name()}, not as {format.Name}");
        }
        return rowBytes;
    }

    private static void RequireFiniteScales(ParameterShape shape, int firstOutput, BlockFormat format, ReadOnlySpan<byte> rows,
        int rowBytes)
    {
        for (var at = 0; format.Length > 1 && at < rows.Length; at += format.Bytes)
            if (!format.HasFiniteScales(rows.Slice(at, format.Bytes)))
                throw new InvalidDataException($"{shape.Name}: block {at % rowBytes / format.Bytes} of output "
                    + $"{firstOutput + at / rowBytes} has a scale that is not a finite number");
    }

    private void WritePlainRows(int index, int firstOutput, BlockFormat format, ReadOnlySpan<byte> rows, int rowBytes)
    {
        var (shape, values) = (_parameters[index].Shape, new float[_parameters[index].Shape.Shape.Count]);
        var row = new float[shape.Inner];
        Read(index, values);
        for (var n = 0; n < rows.Length / rowBytes; n++)
        {
            format.Dequantise(rows.Slice(n * rowBytes, rowBytes), row);
            for (var k = 0; k < row.Length; k++)
                values[PlaceOf(shape, k, firstOutput + n)] = row[k];
        }
        Write(index, values);
    }

    private void ReadPlainRows(int index, int firstOutput, BlockFormat format, Span<byte> rows, int rowBytes)
    {
        var (shape, values) = (_parameters[index].Shape, new float[_parameters[index].Shape.Shape.Count]);
        var row = new float[shape.Inner];
        Read(index, values);
        for (var n = 0; n < rows.Length / rowBytes; n++)
        {
            for (var k = 0; k < row.Length; k++)
                row[k] = values[PlaceOf(shape, k, firstOutput + n)];
            format.Quantise(row, rows.Slice(n * rowBytes, rowBytes));
        }
    }

    // Parts in which a weight is stored; of one type where it says nothing.
    private static List<WeightPart> PartsOf(ParameterShape shape, ElementType type)
    {
        if (shape.Parts is null)
            return Checked(shape, [new(shape.Form == WeightForm.None ? 1 : shape.Outputs, type)]);
        if (shape.Form == WeightForm.None || shape.Parts.Sum(part => (long)part.Outputs) != shape.Outputs)
            throw new ArgumentException($"{shape.Name} of shape {shape.Shape} has not the outputs of its parts");
        var parts = WeightLayout.Join(shape.Parts);
        return Checked(shape, parts.Count == 1 ? parts : WeightLayout.Join(parts.Select(
            part => part.Type == ElementType.Float32 ? part with { Type = ElementType.PackedFloat32 } : part)));
    }

    private static List<WeightPart> Checked(ParameterShape shape, List<WeightPart> parts)
    {
        foreach (var (_, type) in parts)
            if (shape.Form != WeightForm.None && type.Format() is { Length: > 1 } format && shape.Inner % format.Length != 0)
                throw new ArgumentException($"{shape.Name} of shape {shape.Shape} cannot be stored as {type.Name()}: "
                    + $"its inner dimension is not a multiple of {format.Length}");
        return parts;
    }

    // What a part takes that is not plain; beside others singles are packed too.
    private long StoredBytes(ParameterShape shape, WeightPart part) => Aligned(_backend.WeightBytes(
        shape.Form == WeightForm.InOut ? new(shape.Inner, part.Outputs) : new(part.Outputs, shape.Inner), shape.Form, part.Type));

    private ElementType CommonType(ElementType asked)
    {
        var types = _parameters.Where(parameter => parameter.Shape.Form != WeightForm.None).Select(parameter => parameter.Type).Distinct()
            .ToArray();
        return types.Length switch { 0 => asked, 1 => types[0], _ => ElementType.Mixed };
    }

    private static (int First, int End) Overlap(ParameterShape shape, Tensor part, int start, int firstOutput, int count) =>
        (Math.Max(firstOutput, start), Math.Min(firstOutput + count, start + part.Shape[shape.Form == WeightForm.OutIn ? 0 : 1]));

    // Where a row of a part begins in its weight, whose outputs are rows or columns.
    private static int RowStart(Tensor weight, WeightForm form, int row, int first) =>
        form == WeightForm.OutIn ? (first + row) * weight.Columns : row * weight.Columns + first;

    private static long PlaceOf(ParameterShape shape, int k, int n) =>
        shape.Form == WeightForm.OutIn ? (long)n * shape.Inner + k : (long)k * shape.Outputs + n;
}
