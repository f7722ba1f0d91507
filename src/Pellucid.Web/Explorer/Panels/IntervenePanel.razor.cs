using Pellucid.Tokens;
using System.Globalization;
using Pellucid.Looking;
using Pellucid.Models;
using Pellucid.Pictures;

namespace Pellucid.Web.Explorer.Panels;

/// <summary>Changes of the model's inside, and what they do to what it says.</summary>
public sealed partial class IntervenePanel : Panel
{
    private const int Shown = 8;

    private Seen? _seen;
    private char _piece = 'h';
    private InterventionKind _kind;
    private int _layer, _number;
    private int? _position;
    private double _factor = 2;
    private string _toward = "", _away = "";

    private sealed record Seen(IReadOnlyList<(int Token, double Probability)> Before, IReadOnlyList<(int Token, double Probability)> After,
        double Divergence, double? LossBefore, double? LossAfter,
        int Answer, double AnswerBefore, double AnswerAfter);

    private string SourceHint
    {
        get
        {
            try
            {
                var (text, source) = (Session.Tokenizer.Encode(State.Text).Length, Session.Tokenizer.Encode(State.Source).Length);
                return T["intervene.tokens-the-text-has", source, text];
            }
            catch (ArgumentException error)
            {
                return T.Language.Refusal(error.Message);
            }
        }
    }

    protected override async Task LoadAsync() => _seen = await Session.AskAsync("intervene", runs =>
    {
        var position = PositionIn(runs.After.Tokens.Length);
        var (before, after) = (runs.Before.Prediction(position), runs.After.Prediction(position));
        var (lossesBefore, lossesAfter) = (runs.Before.Losses(), runs.After.Losses());
        var answer = before.Top(1)[0];
        return new Seen(Top(before), Top(after), before.DivergenceFrom(after), lossesBefore.Length > 0 ? lossesBefore.Average() : null,
            lossesAfter.Length > 0 ? lossesAfter.Average() : null,
            answer, before.Probability(answer), after.Probability(answer));
    });

    private static List<(int, double)> Top(Distribution distribution) =>
        [.. distribution.Top(Shown).Select(token => (token, distribution.Probability(token)))];

    private string Face(Component place) => place.Activation == Activation.Z ? $"{place.Head}"
        : place.Activation == Activation.AttnOut ? T["intervene.attn"] : "mlp";

    private IEnumerable<Component> Places(int layer)
    {
        for (var head = 0; head < Session.Config.Heads; head++)
            yield return new Component(Activation.Z, layer, head);
        yield return new Component(Activation.AttnOut, layer);
        if (Session.Config.FeedForwardWidth > 0)
            yield return new Component(Activation.MlpOut, layer);
    }

    private bool IsOff(Component place) => State.Changes.Contains(new Intervention(place, InterventionKind.Zero));

    private void Switch(Component place)
    {
        var off = new Intervention(place, InterventionKind.Zero);
        Set(State with { Changes = IsOff(place) ? [.. State.Changes.Where(change => change != off)] : [.. State.Changes, off] });
    }

    private Task AddAsync() => TryAsync(async () =>
    {
        var at = _position ?? -1;
        var place = _piece switch
        {
            'h' => new Component(Activation.Z, _layer, _number, Position: at),
            'n' => new Component(Activation.MlpPost, _layer, Neuron: _number, Position: at),
            'a' => new Component(Activation.AttnOut, _layer, Position: at),
            'm' => new Component(Activation.MlpOut, _layer, Position: at),
            _ => new Component(Activation.ResidPost, _layer, Position: at),
        };
        var change = new Intervention(place, _kind, _kind is InterventionKind.Scale or InterventionKind.Steer ? _factor : 1,
            _kind == InterventionKind.Steer ? _toward : "", _kind == InterventionKind.Steer ? _away : "");
        change.RequireFit(Session.Config);
        Set(State with { Changes = [.. State.Changes.Where(other => other != change), change] });
        await LoadAsync();
    });

    // Both in the same scale.
    private Picture Draw(string title, IReadOnlyList<(int Token, double Probability)> top, Seen seen) =>
        Bars.Draw(title, [.. top.Select(one => new Bar(Show(one.Token), one.Probability, Note: Percent(one.Probability)))],
            largest: Math.Max(seen.Before[0].Probability, seen.After[0].Probability));

    private string Json(Seen seen) => JsonText.Object(json =>
    {
        State.Experiment.WriteFields(json);
        foreach (var (name, top) in (ReadOnlySpan<(string, IReadOnlyList<(int, double)>)>)[("before", seen.Before), ("after", seen.After)])
        {
            json.WriteStartArray(name);
            foreach (var (token, probability) in top)
                json.WriteToken(Session.Tokenizer, token, probability);
            json.WriteEndArray();
        }
        json.WriteNumber("divergence", seen.Divergence);
    });
}
