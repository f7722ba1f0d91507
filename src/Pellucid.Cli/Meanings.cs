using System.CommandLine;
using System.CommandLine.Parsing;
using System.Text.Json;
using Pellucid.Cli.Terminal;

namespace Pellucid.Cli;

/// <summary>What fields of a verb's JSON, and columns of its tables, mean where the name alone does not say it:
/// told by <c>--help</c>, and under <c>meanings</c> in the object itself.</summary>
internal static class Meanings
{
    private const int Indent = 4;

    private const string Standard = "of a field: the standard error of its mean, null where there is one case alone";

    private static readonly Dictionary<string, (string Field, string Meaning)[]> Fields = new()
    {
        ["generate"] =
        [
            ("tokens", "chosen in this order: the repetition penalty changes logits of tokens that the text holds, --top-k keeps the "
                + "likeliest, the temperature divides their logits, --top-p keeps the likeliest of those that together have this "
                + "probability, --min-p those at least so probable as that share of the likeliest, and one of the rest is drawn"),
            ("logprobs", "ln P of a token by the model itself: before penalty, temperature and choice"),
        ],
        ["evaluate loss"] =
        [
            ("loss", "mean −ln P of a token, of all but the first of the text, or with --context of each window, which nothing predicts"),
            ("tokens", "tokens that were predicted: one fewer than the text has, or with --context than each window has"),
            ("bits_per_byte", "surprise of the predicted tokens in bits, over all bytes of the text, those of the first token too; "
                + "with --context over the bytes of the predicted tokens"),
        ],
        ["train"] =
        [
            ("train_loss", "mean loss of the last step's batch, before that step's update; null where no step was made"),
            ("val_loss", "mean loss of the validation part, after the update"),
        ],
        ["look lens"] =
        [
            ("target_rank", "how many tokens are likelier than the followed one: 0 is the likeliest"),
            ("kl_to_end", "KL of the last reading from this one, in nats: Σ p_end (ln p_end − ln p_here)"),
        ],
        ["look attention"] =
        [
            ("previous_token", "mean attention to the position before, over all rows but the first"),
            ("duplicate_token", "mean attention to earlier places of the same token, over the rows that have one; null if none has"),
            ("induction", "mean attention to what followed earlier places of the same token, over the rows that have one. "
                + "TransformerLens's detect_head (mul) divides by all rows instead, so that it is smaller, and cannot reach 1"),
            ("entropy", "of a row's attention, mean over all rows, in nats"),
        ],
        ["look diff"] =
        [
            ("kl", "mean over rows of KL(BASE ‖ TUNED) of the next token, in nats"),
            ("changed", "share of rows whose likeliest next token is another one"),
            ("residual", "length of TUNED's residual stream less BASE's after the layer, over the length of BASE's; the same of weights, "
                + "attention and feed_forward, which are what those write"),
            ("lens_kl", "mean KL(BASE ‖ TUNED) of what both would say if they ended after the layer, in nats"),
            ("pattern", "half the sum of |BASE − TUNED| over where a row of the head looks, mean over rows: 1 where nothing is shared"),
            ("output", "the same share as residual, of what the head writes before the output weights"),
        ],
        ["look checkpoints"] =
        [
            ("accuracy", "share of sentences in which the name of who is given something has a higher logit than the other's"),
            ("logit_difference", "there, the one logit less the other, mean; null without sentences"),
            ("induction", "the head with the highest score, and the score, as look attention tells it; so with previous_token and "
                + "duplicate_token. The head need not be the same one at every step"),
            ("moments", "where the best head's score, or the share of right answers, rises fastest by step between two checkpoints that "
                + "follow each other: share is what it gains there of its whole way from its lowest to its highest thereafter; nulls "
                + "where that way is shorter than least: 0.15, or of the share of n sentences 5 √(1 / 2n), beyond what chance does"),
        ],
        ["look ablate"] =
        [
            ("loss", "mean over prompts, each counting once, of the mean −ln P of its tokens after the first: a long prompt counts no "
                + "more than a short one"),
            ("loss_change", "the same, of the differences prompt by prompt"),
            ("loss_standard_error", Standard + ", over prompts"),
        ],
        ["look patch"] =
        [
            ("effect", "logit difference of the base prompt with the source prompt's activation in it, less that of the base prompt "
                + "alone; not divided by anything. What is base and source here, TransformerLens calls corrupted and clean"),
            ("share", "effect over the source's logit difference less the base's: 1 is all of the way"),
        ],
        ["look path"] =
        [
            ("effect", "exact: change of the logit difference by four passes, all other heads held"),
            ("share", "effect over the logit difference of the prompt"),
            ("linear", "linear approximation: straight to the receiver, past feed-forward layers, LayerNorm's deviation frozen. "
                + "TransformerLens calls this a patch of the direct path (get_act_patch_direct_path)"),
        ],
        ["look attribute"] =
        [
            ("logit_difference", "of the forward itself, not of the parts"),
            ("sum_of_parts", "what direct of all parts adds up to"),
            ("direct", "what the part wrote, through the final LayerNorm with its deviation frozen and its gain. TransformerLens's "
                + "logit_attrs leaves the gain out unless it was folded in, and does not add up then"),
            ("removed", "logit difference of the forward, less that without the part in the last residual, LayerNorm computed anew"),
        ],
        ["look relation"] =
        [
            ("answer_rank", "of one prompt: how many tokens are likelier than the answer, so that 0 is the likeliest"),
            ("answer_reciprocal_rank", "mean of 1 / (rank + 1): 1 is the likeliest"),
            ("answer_not_nearer", "share of prompts whose answer has no better rank than before: as far, or farther; it is no "
                + "share without an effect"),
        ],
        ["look probe"] =
        [
            ("expected_layer", "Σ l Δ_l / Σ Δ_l over the gains of mixtures of all layers up to l, the embedding being 0; null where "
                + "all layers gain nothing over the embedding (no gain)"),
            ("centre_of_gravity", "Σ l s_l over the weights of the mixture of all layers, the embedding being 0"),
        ],
        ["look features train"] =
        [
            ("loss_recovered", "(loss_at_zero − loss_with_features) / (loss_at_zero − loss): 1 where the model says with what features "
                + "write, at all positions, what it says without them, 0 where they are no better than zeros"),
            ("loss_recovered_of_mean", "the same against the activation's mean in its place, which is asked more"),
            ("l0", "features that fire on a token, mean"),
            ("dead", "features that fired on none of the tokens that were measured on"),
            ("explained_variance",
                "1 − Σ (activation − what features write)² / Σ (activation − its mean)², over all numbers of all rows"),
        ],
        ["look features graph"] =
        [
            ("value", "of a feature its activation, of the answer its logit less the other's; the sum of edges into it and of constant"),
            ("effect", "what the answer would lose without the node, by all paths of the graph; of features it is what is predicted"),
            ("influence", "the node's share in what made the answer, or the edge's: edges into a node are counted by their absolute "
                + "values, as shares of 1"),
            ("constant", "what of a node's value biases have made; null where edges into it are not computed"),
            ("measured", "how the answer's value changes in a forward of the model without the features, nothing frozen"),
            ("measured_held", "the same where attention and normalisations are as they were, and feed-forward layers alone answer"),
            ("correlation", "of what is predicted and what is measured, over features taken away one by one"),
            ("correlation_held", "of what is predicted and measured_held"),
            ("passes", "the answer's probability is 0.5 or more, correlation 0.9 or more, and half of the value is gone without all "
                + "of these features, and not without as many others"),
        ],
        ["look memories"] =
        [
            ("rank_of_next", "how many tokens the value says before the one that follows: 0 is the first"),
            ("first_dropped_standard_error", "as of random_dropped and last_dropped: triggers of one neuron count as one case together"),
            ("agreement_standard_error", "as of shared_end and last_token: neurons count as independent, though some share triggers"),
            ("zero_agreement_standard_error", "as of all that is said of predictions: positions count as independent, though some "
                + "are of one line"),
        ],
        ["words evaluate"] =
        [
            ("accuracy", "correct / seen; correct / total, with unknown words counting as wrong, is gensim's dummy4unknown"),
            ("seen", "questions all of whose words are among the first --top words"),
            ("spearman", "rank correlation, equal values sharing their mean rank, over the pairs that are known"),
        ],
    };

    /// <summary>Verbs that have meanings, as they are called.</summary>
    public static IEnumerable<string> Verbs => Fields.Keys;

    /// <summary>What fields of a verb mean, as the object <c>meanings</c> tells it.</summary>
    public static IReadOnlyDictionary<string, string> Of(string verb) =>
        new OrderedDictionary<string, string>(Fields[verb].Select(one => KeyValuePair.Create(one.Field, one.Meaning)));

    /// <summary>The part of a verb's help, if it has one.</summary>
    public static void Show(CommandResult command, TextWriter help)
    {
        var names = new Stack<string>();
        for (SymbolResult? one = command; one?.Parent is not null; one = one.Parent)
            if (one is CommandResult named)
                names.Push(named.Command.Name);
        if (!Fields.TryGetValue(string.Join(' ', names), out var fields))
            return;
        help.WriteLine("What it tells:");
        foreach (var (field, meaning) in fields)
            help.WriteLine("  " + LineWidth.Wrap($"{field}: {meaning}", LineWidth.OfOutput() - Indent)
                .Replace("\n", "\n    ", StringComparison.Ordinal));
        help.WriteLine();
    }

    /// <summary>The same, written by hand.</summary>
    public static void WriteMeanings(this Utf8JsonWriter json, string verb)
    {
        json.WriteStartObject("meanings");
        foreach (var (field, meaning) in Of(verb))
            json.WriteString(field, meaning);
        json.WriteEndObject();
    }
}
