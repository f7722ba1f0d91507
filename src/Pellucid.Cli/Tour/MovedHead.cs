using Pellucid.Models;
using Pellucid.Tensors;
using Pellucid.Worlds;

namespace Pellucid.Cli.Tour;

/// <summary>
/// A drawing, and the same with its head elsewhere: what the model is about to write of the horn, and by which part of the one run, put
/// into the other, it becomes what the other would have written.
/// </summary>
internal sealed class MovedHead
{
    /// <summary>Where activations are put from one run into the other.</summary>
    public enum Place
    {
        /// <summary>At the head's own command and the eye's, where alone the two drawings differ.</summary>
        Head,

        /// <summary>At all other commands.</summary>
        Elsewhere,

        /// <summary>At the last token, where the horn's first number is about to be written.</summary>
        End,
    }

    private const string Begin = "\\fill(";

    private readonly HornModel _model;
    private readonly int[] _tokens, _moved;
    private readonly Place[] _places;
    private readonly int _here, _there;
    private readonly double _start, _way;

    public MovedHead(HornModel model, Animal animal, Animal moved)
    {
        (_model, _tokens, _moved) = (model, Tokens(model, animal), Tokens(model, moved));
        if (_tokens.Length != _moved.Length)
            throw new ArgumentException("the two drawings have different numbers of tokens");
        (_here, _there) = (FirstNumber(animal), FirstNumber(moved));
        _places = Places(animal);
        _start = Lead(_tokens);
        _way = Lead(_moved) - _start;
    }

    /// <summary>How much of the way that the answer moves, in logits of one number over the other from one drawing to the other,
    /// activations before each block, put in at some place, bring it.</summary>
    public double[] Shares(Place place)
    {
        var layers = _model.Gpt.Config.Layers;
        var reads = Enumerable.Range(0, layers).Aggregate(new Taps(), (taps, layer) => taps.Read(Activation.ResidPre, layer));
        using var arena = new Arena(_model.Gpt.Backend);
        Guide.Next(_model.Gpt, _moved, reads, arena);
        return [.. Enumerable.Range(0, layers).Select(layer =>
        {
            var taps = new Taps();
            for (var row = 0; row < _tokens.Length; row++)
                if (_places[row] == place)
                    taps.Edit(new TapEdit(Activation.ResidPre, layer, EditOperation.Replace, reads[Activation.ResidPre, layer].Tensor,
                        FirstRow: row, RowCount: 1));
            return (Lead(_tokens, taps) - _start) / _way;
        })];
    }

    private static int[] Tokens(HornModel model, Animal animal) => [.. model.Prompt(animal), .. model.Tokenizer.Encode(Begin)];

    private int FirstNumber(Animal animal) =>
        _model.Tokenizer.Encode(animal.Horn[Begin.Length..animal.Horn.IndexOf(',', StringComparison.Ordinal)])[0];

    private double Lead(int[] tokens, Taps? taps = null)
    {
        var next = Guide.Next(_model.Gpt, tokens, taps);
        return next.LogProbability(_there) - next.LogProbability(_here);
    }

    // By the characters that each token ends with.
    private Place[] Places(Animal animal)
    {
        var places = new Place[_tokens.Length];
        var end = 0;
        for (var row = 0; row < _tokens.Length; row++)
        {
            end += _model.Tokenizer.Decode([_tokens[row]]).Length;
            var start = 2;
            places[row] = Place.Elsewhere;
            foreach (var (name, command) in animal.Parts)
            {
                if ((name is "head" or "eye") && end > start && end <= start + command.Length + 1)
                    places[row] = Place.Head;
                start += command.Length + 1;
            }
        }
        places[^1] = Place.End;
        return places;
    }
}
