using Pellucid.Files;
using Pellucid.Models.Families;
using Pellucid.Tensors;

namespace Pellucid.Models;

/// <summary>
/// The parameters of a shape as they lie in files of weights. All that the shape calls for is there, of the right sizes, and
/// nothing else is.
/// </summary>
internal sealed class StoredParameters
{
    private readonly WeightFiles _files;
    private readonly GptConfig _config;
    private float[] _stored = []; // a tensor that is not the parameter as it is

    /// <exception cref="InvalidDataException">Files and shape disagree; the message names the tensor.</exception>
    public StoredParameters(WeightFiles files, GptConfig config)
    {
        (_files, _config) = (files, config);
        var known = new HashSet<string>();
        foreach (var parameter in Parameter.Of(config))
            foreach (var piece in config.Family.Pieces(parameter, config))
                known.Add(RequireShape(piece));
        RequireNothingElse(known);
    }

    /// <summary>Reads one, in the order of its shape.</summary>
    public void Read(Parameter parameter, Span<float> values)
    {
        foreach (var piece in _config.Family.Pieces(parameter, _config))
        {
            var written = Find(piece.Name);
            if (piece.IsPlain(parameter))
            {
                _files.Find(written)!.ReadWeight(written, values);
                continue;
            }
            if (_stored.Length < piece.Stored.Count)
                _stored = new float[piece.Stored.Count];
            var stored = _stored.AsSpan(0, (int)piece.Stored.Count);
            _files.Find(written)!.ReadWeight(written, stored);
            piece.Take(stored, values, parameter.Shape.Columns);
        }
    }

    // What the files call a tensor; some put a prefix before all of them.
    private string Find(string name)
    {
        var found = _config.Family.WrittenNames(name).Where(written => _files.Find(written) is not null).Take(2).ToArray();
        return found switch
        {
            [var written] => written,
            [] => throw new InvalidDataException($"{_files.Path}: tensor {name} is missing, which {Checkpoint.ConfigFile} calls for"),
            _ => throw new InvalidDataException($"{_files.Path}: tensor {name} is there twice, as {found[0]} and as {found[1]}"),
        };
    }

    private string RequireShape(StoredPiece piece)
    {
        var written = Find(piece.Name);
        var found = _files.Find(written)!.Shape(written);
        if (found.Count is < 1 or > 4 || Shape.Of([.. found]) != piece.Stored)
            throw new InvalidDataException($"{_files.Path}: tensor {piece.Name} is ({Excerpt.Of(string.Join(", ", found))}), "
                + $"but {Checkpoint.ConfigFile} calls for {piece.Stored}");
        return written;
    }

    private void RequireNothingElse(HashSet<string> known)
    {
        foreach (var written in _files.Names)
            if (known.Contains(written) || _config.Family.IsHarmless(written))
                continue;
            else if (_config.TiedOutput && _config.Family.WrittenNames(_config.Family.StoredName(OutputTable)).Contains(written))
                RequireTied(written);
            else
                throw new InvalidDataException($"{_files.Path}: tensor {Excerpt.Of(written)} has no place in the model "
                    + $"that {Checkpoint.ConfigFile} describes");
    }

    private Parameter OutputTable => new(ParameterRole.OutputTable, -1, new Shape(_config.VocabularySize, _config.Width));

    // Some files repeat the token table as the output table that it is tied to.
    private void RequireTied(string output)
    {
        RequireShape(_config.Family.Pieces(OutputTable, _config).Single());
        var (table, own) = (new float[OutputTable.Shape.Count], new float[OutputTable.Shape.Count]);
        Read(Parameter.Of(_config).First(), table);
        Read(OutputTable, own);
        if (!table.AsSpan().SequenceEqual(own))
            throw new InvalidDataException($"{_files.Path}: tensor {output} differs from the token table that {Checkpoint.ConfigFile} "
                + "says it is tied to; 'tie_word_embeddings' must be false for the output to have a table of its own");
    }
}
