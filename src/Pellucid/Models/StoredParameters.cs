using Pellucid.Files;
using Pellucid.Models.Families;
using Pellucid.Models.Weights;
using Pellucid.Tensors;

namespace Pellucid.Models;

/// <summary>
/// The parameters of a shape as they lie in files of weights. All that the shape calls for is there, of the right sizes, and
/// nothing else is.
/// </summary>
internal sealed partial class StoredParameters
{
    private const int NumbersAtATime = 1 << 18;

    private readonly IWeightSource _files;
    private readonly GptConfig _config;
    private readonly HashSet<string> _checked = []; // a stack is asked for by each of its parts
    private float[] _stored = []; // a tensor that is not the parameter as it is

    /// <exception cref="InvalidDataException">Files and shape disagree; the message names the tensor.</exception>
    public StoredParameters(IWeightSource files, GptConfig config)
    {
        (_files, _config) = (files, config);
        var known = new HashSet<string>();
        foreach (var parameter in Parameter.Of(config))
            foreach (var piece in files.Pieces(parameter, config))
            foreach (var (name, shape) in Tensors(piece))
                if (_checked.Add(name))
                    known.Add(RequireShape(name, shape));
        RequireNothingElse(known);
    }

    /// <summary>Compares files with a shape, and reads no numbers.</summary>
    /// <exception cref="InvalidDataException">They disagree; the message names the tensor.</exception>
    public static void Check(IWeightSource files, GptConfig config) => _ = new StoredParameters(files, config);

    /// <summary>Reads one, in the order of its shape.</summary>
    public void Read(Parameter parameter, Span<float> values)
    {
        foreach (var piece in _files.Pieces(parameter, _config))
        {
            if (piece.IsPlain(parameter))
            {
                _files.Read(Find(piece.Name), values);
                continue;
            }
            if (_stored.Length < piece.Within.Count)
                _stored = new float[piece.Within.Count];
            var stored = _stored.AsSpan(0, (int)piece.Within.Count);
            if (piece.InBlocks)
            {
                var bytes = BytesOf(piece);
                MicroscaledBlocks.Widen(bytes.Halves, bytes.Scales, stored);
            }
            else
                _files.Read(Find(piece.Name), stored, piece.Start);
            piece.Take(stored, values, parameter.Shape.Columns);
        }
    }

    /// <summary>Reads one that lies in the files as it is with us, some rows at a time, so that it is nowhere twice.</summary>
    /// <param name="parameter">Which.</param>
    /// <param name="take">The first row, and whole rows.</param>
    /// <returns>Whether it does.</returns>
    public bool ReadPlain(Parameter parameter, Action<int, ReadOnlyMemory<float>> take)
    {
        StoredPiece[] pieces = [.. _files.Pieces(parameter, _config)];
        if (pieces is not [{ InBlocks: false } piece] || !piece.IsPlain(parameter))
            return false;
        var (rows, columns) = (parameter.Shape.Rows, parameter.Shape.Columns);
        var some = new float[Math.Min(rows, Math.Max(1, NumbersAtATime / columns)) * columns];
        for (var first = 0; first < rows; first += some.Length / columns)
        {
            var count = Math.Min(some.Length / columns, rows - first) * columns;
            _files.Read(Find(piece.Name), some.AsSpan(0, count), (long)first * columns);
            take(first, some.AsMemory(0, count));
        }
        return true;
    }

    // The numbers, two a byte, and the scales of one of a stack of weights in blocks of four bits.
    private (byte[] Halves, byte[] Scales) BytesOf(StoredPiece piece)
    {
        byte[] Read(string name, Shape shape)
        {
            var bytes = new byte[shape.Count / shape[0]];
            _files.ReadBytes(Find(name), bytes, piece.Slice * bytes.LongLength);
            return bytes;
        }

        var (halves, scales) = MicroscaledBlocks.Tensors(piece);
        var read = (Read(halves.Name, halves.Shape), Scales: Read(scales.Name, scales.Shape));
        return MicroscaledBlocks.AreNumbers(read.Scales) ? read
            : throw new InvalidDataException($"{_files.Path}: tensor {scales.Name} holds a scale that is no number");
    }

    private static IEnumerable<(string Name, Shape Shape)> Tensors(StoredPiece piece) =>
        piece.InBlocks && MicroscaledBlocks.Tensors(piece) is var (halves, scales) ? [halves, scales] : [(piece.Name, piece.Stored)];

    // What the files call a tensor; some put a prefix before all of them.
    private string Find(string name)
    {
        var found = _files.WrittenNames(name, _config).Where(written => _files.Shape(written) is not null).Take(2).ToArray();
        return found switch
        {
            [var written] => written,
            [] => throw new InvalidDataException($"{_files.Path}: tensor {name} is missing, which {_files.Description} calls for"),
            _ => throw new InvalidDataException($"{_files.Path}: tensor {name} is there twice, as {found[0]} and as {found[1]}"),
        };
    }

    private string RequireShape(string name, Shape shape)
    {
        var written = Find(name);
        var found = _files.Shape(written)!;
        if (!found.SequenceEqual(Enumerable.Range(0, shape.Rank).Select(axis => (long)shape[axis])))
            throw new InvalidDataException($"{_files.Path}: tensor {name} is ({Excerpt.Of(string.Join(", ", found))}), "
                + $"but {_files.Description} calls for {shape}");
        return written;
    }

    private void RequireNothingElse(HashSet<string> known)
    {
        foreach (var written in _files.Names)
            if (known.Contains(written) || _files.IsHarmless(written, _config))
                continue;
            else if (_config.TiedOutput && _files.WrittenNames(OutputPiece.Name, _config).Contains(written))
                RequireTied(written);
            else
                throw new InvalidDataException($"{_files.Path}: tensor {Excerpt.Of(written)} has no place in the model "
                    + $"that {_files.Description} describes");
    }

    private StoredPiece OutputPiece => _files.Pieces(OutputTable, _config).Single();

    private Parameter OutputTable => new(ParameterRole.OutputTable, -1, new Shape(_config.VocabularySize, _config.Width));

    // Some files repeat the token table as the output table that it is tied to.
    private void RequireTied(string output)
    {
        RequireShape(OutputPiece.Name, OutputPiece.Stored);
        var (table, own) = (new float[OutputTable.Shape.Count], new float[OutputTable.Shape.Count]);
        Read(Parameter.Of(_config).First(), table);
        Read(OutputTable, own);
        if (!table.AsSpan().SequenceEqual(own))
            throw new InvalidDataException($"{_files.Path}: tensor {output} differs from the token table that {_files.Description} "
                + "says it is tied to; 'tie_word_embeddings' must be false for the output to have a table of its own");
    }
}
