using Pellucid.Looking;
using Pellucid.Looking.Relations;
using Pellucid.Models;
using Pellucid.Pictures;

namespace Pellucid.Cli.Tour.AnyModel;

/// <summary>03: at which depth grammar, reference and facts are settled, read by the logit lens.</summary>
internal sealed class DepthChapter() : Chapter("03",
    new("tour.layers.title"),
    new("tour.layers.claim"),
    new("tour.any.layers.experiment"),
    new("tour.layers.aside"))
{
    private const ulong Seed = 3;

    public override Finding Look(Guide guide)
    {
        var finding = new Finding();
        var capitals = EarlyDecoding.Read(guide.Gpt,
            new RelationTask(Facts.Capitals, guide.Tokenizer, guide.Gpt.Config, examples: 0, begin: guide.Subject.Begin).Asked);
        var (agreement, gifts) = (EarlyDecoding.Read(guide.Gpt, Agreement(guide)), EarlyDecoding.Read(guide.Gpt, Gifts(guide)));
        var third = capitals[0].Steps.Count / 3;
        finding.Baseline(new("tour.any.layers.capitals-near"), Estimate.Of([.. capitals.Select(one => Near(one.End))]), Unit.Number,
            Bar.AtLeast(0.3, 0));
        finding.Central(new("tour.any.layers.rise"), Estimate.Of([.. capitals.Select(one => Near(one.End) - Near(one.Steps[third]))]),
            Unit.Number, Bar.AtLeast(0.3, 0));
        finding.Measure(new Phrase("tour.any.layers.half-way"), Estimate.Of([.. capitals.Where(one => Near(one.End) > 0.1)
            .Select(one => (one.Steps.ToList().FindIndex(step => Near(step) >= Near(one.End) / 2) + 1.0) / one.Steps.Count)
            .DefaultIfEmpty(double.NaN)]), Unit.Share);
        var (simple, who) = (Depths(agreement, guide), Depths(gifts, guide));
        finding.Baseline(new("tour.any.layers.agreement-right"), Measure.ShareOf([.. agreement.Select(one => one.Switch >= 0)], 0.5),
            Unit.Share, Bar.AtLeast(0.75, 0.5));
        finding.Baseline(new("tour.any.layers.reference-right"), Measure.ShareOf([.. gifts.Select(one => one.Switch >= 0)], 0.5),
            Unit.Share, Bar.AtLeast(0.75, 0.5));
        finding.Central(new("tour.any.layers.reference-later"), Measure.Difference(who, simple), Unit.Share, Bar.AtLeast(0.01, 0));
        finding.Measure(new Phrase("tour.any.layers.depth-agreement"), simple, Unit.Share);
        finding.Measure(new Phrase("tour.any.layers.depth-reference"), who, Unit.Share);
        Series Line(string name, IReadOnlyList<DecodedPrompt> decoded) => new(name, [.. decoded[0].Steps.Select((_, place) =>
            (place / 2.0 - 1, decoded.Average(one => one.Steps[place].AnswerRank < one.Steps[place].ArgumentRank ? 1.0 : 0)))]);
        finding.Show("depth", say => Curves.Draw(say["tour.any.layers.picture"], say["tour.picture.after-block"], say["tour.picture.share"],
            [Line(say["tour.any.layers.agreement"], agreement), Line(say["tour.any.layers.reference"], gifts)]), "tour.any.layers.settled");
        finding.Show("capitals", say => Curves.Draw(say["tour.picture.stages"], say["tour.picture.after-block"],
            say["tour.picture.mean-reciprocal-rank"], [new Series(say["tour.picture.its-capital"],
                [.. capitals[0].Steps.Select((_, place) => (place / 2.0 - 1, capitals.Average(one => Near(one.Steps[place]))))])]),
            "tour.any.layers.capitals-rise");
        return finding;
    }

    private static double Near(DecodedStep step) => 1 / (1.0 + step.AnswerRank);

    // Share of the layers after which the right answer is ahead of the wrong one to stay, of prompts where it is in the end.
    private static Estimate Depths(IReadOnlyList<DecodedPrompt> decoded, Guide guide) => Estimate.Of([.. decoded
        .Where(one => one.Switch >= 0).Select(one => (one.Switch + 1.0) / guide.Gpt.Config.Layers).DefaultIfEmpty(double.NaN)]);

    private static IReadOnlyList<RelationPrompt> Agreement(Guide guide) => [.. Facts.Agreement.Select(one => new RelationPrompt(
        new RelationPair(one.Wrong, one.Right), guide.Subject.Encode(one.Prompt), guide.Subject.OneToken(one.Wrong),
        guide.Subject.OneToken(one.Right)))];

    private static IReadOnlyList<RelationPrompt> Gifts(Guide guide) => [.. new IndirectObjectData(guide.Tokenizer,
        IndirectObjectData.BuiltIn(guide.Tokenizer, Seed, 1), guide.Subject.Begin).Questions.Select(question =>
            new RelationPrompt(new RelationPair("", ""), question.Tokens, question.Wrong, question.Right))];
}
